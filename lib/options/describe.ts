import { z } from "zod";

/**
 * The options of a method or a metric: one zod object. Each option is a number, an integer, a boolean or one of a few words, with
 * a range, a default (none where the model says what it is), and a `.meta({ title, description })`. All else that is shown of options,
 * in GraphQL, on the command line, on the page and in the documentation, is derived from it.
 */
export type OptionsSchema = z.ZodObject;

/** What an option takes. */
export type OptionType = "integer" | "number" | "boolean" | "enum";

/** One option, as forms, schemas and texts need it. */
export interface OptionDescription {
  readonly name: string;
  /** A name for people. */
  readonly title: string;
  readonly description: string;
  readonly type: OptionType;
  /** The value where none is given; null where it depends on the model. */
  readonly default: number | boolean | string | null;
  /** Of a number: its bounds, `minimum` itself excluded where `isAbove`. */
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly isAbove: boolean;
  /** What a number counts: "pixels"; empty where it has no unit. */
  readonly unit: string;
  /** Of an enum: its values, each with what it means. */
  readonly values: readonly { readonly value: string; readonly description: string }[];
}

/** What `z.toJSONSchema` says of one option. */
interface JsonOption {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: number | boolean | string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly title?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly valueDescriptions?: Readonly<Record<string, string>>;
}

/**
 * The options of a schema, in their order. Throws Error, a defect of ours, for one that lacks a title, a description or a bound, or
 * whose type is none of `OptionType`.
 */
export function describeOptions(schema: OptionsSchema): readonly OptionDescription[] {
  const properties = z.toJSONSchema(schema, { io: "input" }).properties ?? {};
  return Object.entries(properties).map(([name, property]) => describeOption(name, property as JsonOption));
}

function describeOption(name: string, option: JsonOption): OptionDescription {
  const { title, description, enum: values = [], valueDescriptions = {} } = option;
  if (title === undefined || description === undefined) throw new Error(`The option ${name} has no title or no description`);
  const type = values.length > 0 ? "enum" : option.type;
  if (type !== "integer" && type !== "number" && type !== "boolean" && type !== "enum") {
    throw new Error(`The option ${name} has the type ${String(type)}`);
  }
  const minimum = option.exclusiveMinimum ?? option.minimum ?? null;
  const maximum = option.maximum ?? null;
  const isNumber = type === "integer" || type === "number";
  if (isNumber && (minimum === null || maximum === null)) throw new Error(`The option ${name} has no bounds`);
  return {
    name,
    title,
    description,
    type,
    default: option.default ?? null,
    minimum: isNumber ? minimum : null,
    maximum: isNumber ? maximum : null,
    isAbove: isNumber && option.exclusiveMinimum !== undefined,
    unit: option.unit ?? "",
    values: values.map((value) => ({ value, description: valueDescriptions[value] ?? value })),
  };
}

/** Which values an option takes, for people: "an integer from 1 to 64", "a number above 0 and at most 2", `"merged" or "all"`. */
export function rangeText({ type, minimum, maximum, isAbove, values }: OptionDescription): string {
  if (type === "boolean") return "true or false";
  if (type === "enum") {
    const quoted = values.map(({ value }) => JSON.stringify(value));
    return quoted.length === 1 ? quoted[0]! : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)!}`;
  }
  const noun = type === "integer" ? "an integer" : "a number";
  return isAbove ? `${noun} above ${minimum} and at most ${maximum}` : `${noun} from ${minimum} to ${maximum}`;
}

/** `noiseDraws` as a command line has it: noise-draws. */
export function hyphenated(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `noise-draws` as requests have it: noiseDraws. */
export function camelCase(text: string): string {
  return text.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A method's or metric's name as a command line has it: VIT_CX is vit-cx. */
export function commandName(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

/** What GraphQL calls the type of a method or metric named RISE_LIKE: RiseLike. */
export function pascalCase(name: string): string {
  return name
    .toLowerCase()
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** What GraphQL calls the field of one: riseLike. */
export function fieldName(name: string): string {
  const pascal = pascalCase(name);
  return pascal.charAt(0).toLowerCase() + pascal.slice(1);
}

/** The value of an option as it is written. */
export function parseValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return Number.isNaN(Number(text)) ? text : Number(text);
}

/** One of an enum's values as GraphQL has it: gauss-legendre is GAUSS_LEGENDRE. */
export function enumValue(value: string): string {
  return value.toUpperCase().replaceAll("-", "_");
}
