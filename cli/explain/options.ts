import { Option } from "commander";
import { CodedError } from "../../lib/errors.ts";
import { groupBy } from "../../lib/evaluation/report/group-by.ts";
import type { ParsedMethod } from "../../lib/explanation/request/parse-method.ts";
import { methods } from "../../lib/methods/registry.ts";
import type { GivenOptions } from "../../lib/options/complete.ts";
import {
  commandName,
  describeOptions,
  hyphenated,
  type OptionDescription,
  parseValue,
  rangeText,
} from "../../lib/options/describe.ts";

/** Each method as commands write it, and what it is. */
export function methodList(): readonly (readonly [name: string, description: string])[] {
  return methods.map(({ name, title, description }) => [commandName(name), `${title}: ${description}`]);
}

/** Every option of every method as a flag: --num-masks. Methods that have an option of the same name share a flag. */
export function methodFlags(): readonly Option[] {
  return [...byName()].map(([name, owners]) => {
    // Methods whose option is the same in all respects are named together.
    const texts = groupBy(owners, ({ option }) => sentenceOf(option));
    const description = [...texts].map(([text, of]) => `${of.map(({ method }) => method).join(", ")}: ${text}`).join(" ");
    return new Option(`--${hyphenated(name)} <${valueName(owners[0].option)}>`, description).helpGroup("Options of the method:");
  });
}

/**
 * A method's options, written behind its name or as flags of their own.
 *
 * @throws CodedError BAD_USER_INPUT for a flag without a value, as an unset variable of a shell leaves it, and for two different values
 *   of one option
 */
export function optionsOf(method: ParsedMethod, flags: Readonly<Record<string, unknown>>): GivenOptions {
  const given = [...byName()].flatMap(([name, owners]) => {
    const text = flags[name];
    if (typeof text !== "string") return [];
    const flag = `--${hyphenated(name)}`;
    if (text.trim() === "") {
      const { option } = owners.find((owner) => owner.method === commandName(method.method)) ?? owners[0];
      throw new CodedError("BAD_USER_INPUT", `Expected ${flag} to be ${rangeText(option)}, got nothing.`);
    }
    const value = parseValue(text);
    const other = method.options[name];
    if (other === undefined || other === value) return [[name, value] as const];
    throw new CodedError("BAD_USER_INPUT", `Expected ${flag} ${text} or ${method.text}, got both.`);
  });
  return { ...method.options, ...Object.fromEntries(given) };
}

interface OwnedOption {
  readonly method: string;
  readonly option: OptionDescription;
}

function byName(): ReadonlyMap<string, readonly [OwnedOption, ...OwnedOption[]]> {
  const all = methods.flatMap(({ name, options }) =>
    describeOptions(options).map((option) => ({ method: commandName(name), option })),
  );
  return groupBy(all, ({ option }) => option.name);
}

/** "N, how many masks are drawn. An integer from 1 to 8000; default: 4000." */
function sentenceOf(option: OptionDescription): string {
  const range = rangeText(option);
  const unit = option.unit === "" ? "" : ` ${option.unit}`;
  const fallback = option.default === null ? "the model's" : String(option.default);
  return `${option.description.replace(/\.?$/, ".")} ${range.charAt(0).toUpperCase()}${range.slice(1)}${unit}; default: ${fallback}.`;
}

function valueName({ type, values }: OptionDescription): string {
  if (type === "enum") return values.map(({ value }) => value).join("|");
  return type === "boolean" ? "true|false" : type;
}
