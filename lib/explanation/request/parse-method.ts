import { CodedError } from "../../errors.ts";
import type { Box } from "../../metrics/box.ts";
import { ablations } from "../../methods/vit-cx/ablations.ts";
import { camelCase, hyphenated } from "../../options/describe.ts";
import { metricNamed } from "./metrics.ts";
import { completeMethod, type GivenOptions, type MethodName, methodNamed } from "./options.ts";

/** A method with the options that are not its defaults, and how it is written: `rise:count=1000:cells=7`. */
export interface ParsedMethod {
  readonly text: string;
  readonly method: MethodName;
  readonly options: GivenOptions;
}

/** All methods with their defaults, the controls last. */
const TABLE_1 = ["vit-cx", "occlusion", "rise", "score-cam", "random", "centre-gaussian"];

/** ViT-CX and the variants of the paper's Table 2. */
const TABLE_2 = ["vit-cx", ...Object.values(ablations).map((options) => textOf("vit-cx", options))];

/**
 * Methods as they are written, with commas between them; `all` stands for every method and `ablations` for ViT-CX and the paper's
 * variants of it. Throws BAD_USER_INPUT for a method or an option that there is not, or a value out of range.
 */
export function parseMethods(text: string): readonly ParsedMethod[] {
  const named: Record<string, readonly string[]> = { all: TABLE_1, ablations: TABLE_2 };
  const texts = listed(text).flatMap((each) => named[each] ?? [each]);
  if (texts.length === 0) throw new CodedError("BAD_USER_INPUT", "Expected at least one method.");
  const specs = texts.map(parseMethod);
  return [...new Map(specs.map((spec) => [spec.text, spec])).values()];
}

/** A method as it is written. Throws as `parseMethods`. */
export function parseMethod(text: string): ParsedMethod {
  const { name, options } = parse(text);
  const method = methodNamed(name);
  completeMethod(method, options, 1); // throws where they cannot be
  return { text: textOf(method.toLowerCase().replaceAll("_", "-"), options), method, options };
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

/** A box as it is written: left,top,right,bottom. What is no number is NaN, which no image has. */
export function parseBox(text: string): Box {
  const [left, top, right, bottom] = text.split(",").map(Number);
  return { left, top, right, bottom };
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
    if (key && value && rest.length === 0) return [camelCase(key), valueOf(value)] as const;
    throw new CodedError("BAD_USER_INPUT", `Expected NAME or NAME:option=value, got ${JSON.stringify(text)}.`);
  });
  return { name, options: Object.fromEntries(options) };
}

function valueOf(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return Number.isNaN(Number(text)) ? text : Number(text);
}

/** The same options are the same text, in whichever order they were written. */
function textOf(name: string, options: GivenOptions): string {
  const settings = Object.entries(options).map(([key, value]) => `${hyphenated(key)}=${String(value)}`);
  return [name, ...settings.toSorted()].join(":");
}
