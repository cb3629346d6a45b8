import { sentence } from "./markdown.ts";
import {
  describeOptions,
  hyphenated,
  type OptionDescription,
  type OptionsSchema,
  rangeText,
} from "../../lib/options/describe.ts";

/** The options of a method or a metric as a table of Markdown. */
export function optionsTable(schema: OptionsSchema): string {
  const options = describeOptions(schema);
  if (options.length === 0) return "No options.";
  const rows = options.map(
    (option) => `| \`${hyphenated(option.name)}\` | ${rangeOf(option)} | ${defaultOf(option)} | ${textOf(option)} |`,
  );
  return ["| option | values | default | |", "|---|---|---|---|", ...rows].join("\n");
}

function rangeOf(option: OptionDescription): string {
  if (option.type === "enum") return option.values.map(({ value }) => `\`${value}\``).join(", ");
  return `${rangeText(option)}${option.unit && `, in ${option.unit}`}`;
}

function defaultOf(option: OptionDescription): string {
  return option.default === null ? "the model's" : `\`${String(option.default)}\``;
}

function textOf({ description, values }: OptionDescription): string {
  const meanings = values.map((each) => sentence(`\`${each.value}\`: ${each.description}`));
  return [description, ...meanings].join(" ");
}
