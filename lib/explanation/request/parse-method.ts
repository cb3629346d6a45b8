import { CodedError } from "../../errors.ts";
import type { Box } from "../../metrics/box.ts";
import { methodOf } from "../../methods/bind.ts";
import { type MethodName, methods } from "../../methods/registry.ts";
import type { GivenOptions } from "../../options/complete.ts";
import { camelCase, commandName, hyphenated, parseValue } from "../../options/describe.ts";
import { metricNamed } from "./metrics.ts";
import { completeMethod, methodNamed, withCurrentNames } from "./method-config.ts";

/** A method with the options that are not its defaults, and how it is written: `rise:num-masks=1000:grid-size=5`. */
export interface ParsedMethod {
  readonly text: string;
  readonly method: MethodName;
  readonly options: GivenOptions;
}

/** Lists of methods that have a name of their own. */
const LISTS: Readonly<Record<string, () => readonly string[]>> = {
  /** Every explanation, without the controls. */
  all: () => methods.filter(({ kind }) => kind !== "control").map(({ name }) => textOf(name)),
  /** The methods that the ViT-CX paper's Table 1 compares. */
  "table-1": () => methods.filter(({ kind }) => kind === "paper").map(({ name }) => textOf(name)),
  controls: () => methods.filter(({ kind }) => kind === "control").map(({ name }) => textOf(name)),
  /** ViT-CX and the variants of the paper's Table 2. */
  ablations: () => [textOf("VIT_CX"), ...(methodOf("VIT_CX").ablations ?? []).map(({ options }) => textOf("VIT_CX", options))],
};

/**
 * Methods as they are written, with commas between them: names with options, or lists (`all`, `table-1`, `controls`, `ablations`).
 *
 * @throws CodedError BAD_USER_INPUT for an unknown method or option, or a value out of range
 */
export function parseMethods(text: string): readonly ParsedMethod[] {
  const texts = listed(text).flatMap((each) => LISTS[each]?.() ?? [each]);
  if (texts.length === 0) throw new CodedError("BAD_USER_INPUT", "Expected at least one method.");
  const parsed = texts.map(parseMethod);
  return [...new Map(parsed.map((method) => [method.text, method])).values()];
}

/** A method as it is written. Throws as `parseMethods`. */
export function parseMethod(text: string): ParsedMethod {
  const parsed = parse(text);
  const method = methodNamed(parsed.name);
  const options = withCurrentNames(method, parsed.options);
  completeMethod(method, options, { delta: 1 }); // throws where they cannot be
  return { text: textOf(method, options), method, options };
}

/** The same method by the names that its options have now; text that is no method stays as it is. */
export function currentMethodText(text: string): string {
  try {
    return parseMethod(text).text;
  } catch {
    return text;
  }
}

/**
 * Metrics as they are written, with commas between them and options behind colons (`deletion:steps=28:canvas=black`), as
 * `completeMetrics` takes them. Throws BAD_USER_INPUT for a name that there is not.
 */
export function parseMetrics(text: string): Readonly<Record<string, unknown>> {
  const asked = listed(text).map((each) => {
    const { name, options } = parse(each);
    const [key, asInItsPaper] = metricNamed(name);
    return [key, Object.keys(options).length === 0 ? asInItsPaper : options] as const;
  });
  return Object.fromEntries(asked);
}

/** A box as it is written: left,top,right,bottom. A side that is not a number is NaN, which no image has. */
export function parseBox(text: string): Box {
  const [left, top, right, bottom] = text.split(",").map(Number);
  return { left: left!, top: top!, right: right!, bottom: bottom! };
}

function listed(text: string): readonly string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

function parse(text: string): { name: string; options: Record<string, unknown> } {
  const [name, ...settings] = text.split(":");
  const options = settings.map((setting) => {
    const [key, value, ...rest] = setting.split("=");
    if (key && value && rest.length === 0) return [camelCase(key), parseValue(value)] as const;
    throw new CodedError("BAD_USER_INPUT", `Expected NAME or NAME:option=value, got ${JSON.stringify(text)}.`);
  });
  return { name: name!, options: Object.fromEntries(options) };
}

/** A method as it is written, its name hyphenated; the same options are the same text, in whichever order they were written. */
export function textOf(method: MethodName, options: GivenOptions = {}): string {
  const settings = Object.entries(options).map(([key, value]) => `${hyphenated(key)}=${String(value)}`);
  return [commandName(method), ...settings.toSorted()].join(":");
}
