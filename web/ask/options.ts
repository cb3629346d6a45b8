import type { OptionFormFragment } from "../api/operations.ts";

/** A choice that a method or a metric leaves open, as the form shows it. */
export interface Choice {
  readonly label: string;
  /** What it does. */
  readonly hint: string;
  /** What it is where it is left out, in words. */
  readonly fallback?: string;
  /** Of one of a few: each value as the API has it, and what it is called; the first is the one where it is left out. */
  readonly values?: readonly (readonly [string, string])[];
  /** Of a number. */
  readonly range?: Range;
}

/** Which numbers are taken. */
export interface Range {
  readonly from: number;
  readonly to: number;
  /** `from` itself is not taken. */
  readonly above?: true;
  readonly whole?: true;
  /** What it counts: "pixels of the photograph". */
  readonly unit?: string;
}

/** An option of a method, by what the server says of it. A default of the model's is the model's field of the same name. */
export function choiceOf(option: OptionFormFragment, model?: object): Choice {
  const { title, description, type } = option;
  const words = { label: title, hint: description };
  if (type === "ENUM") return { ...words, values: valuesOf(option, option.values) };
  if (type === "BOOLEAN") return { ...words, values: valuesOf(option, yesOrNo) };
  return { ...words, fallback: fallbackOf(option, model), range: rangeOf(option) };
}

const yesOrNo = [
  { value: "true", description: "Yes" },
  { value: "false", description: "No" },
];

/** The default first; where that is the model's, it is a value that is left out. */
function valuesOf({ default: value }: OptionFormFragment, values: OptionFormFragment["values"]): [string, string][] {
  const pairs = values.map(({ value, description }): [string, string] => [value, description]);
  if (value === null) return [["", "The model's"], ...pairs];
  const isDefault = ([each]: [string, string]) => each === textOf(value);
  return [...pairs.filter(isDefault), ...pairs.filter((pair) => !isDefault(pair))];
}

function fallbackOf({ name, default: value }: OptionFormFragment, model: object | undefined): string {
  if (value !== null) return textOf(value);
  const ofModel = (model as Readonly<Record<string, unknown>> | undefined)?.[name];
  return ofModel === undefined ? "the model's" : `${textOf(ofModel)}, the model's`;
}

function rangeOf({ type, minimum, maximum, isAbove, unit }: OptionFormFragment): Range {
  return {
    from: minimum ?? -Infinity,
    to: maximum ?? Infinity,
    ...(isAbove && { above: true }),
    ...(type === "INTEGER" && { whole: true }),
    ...(unit !== "" && { unit }),
  };
}

/** The numbers that are taken, in words: "a whole number from 1 to 64". */
export function rangeWords({ from, to, above, whole }: Range): string {
  const number = whole ? "a whole number" : "a number";
  return above ? `${number} above ${from} and at most ${to}` : `${number} from ${from} to ${to}`;
}

/** A value as people read it. */
export function shownValue({ values }: Choice, value: unknown): string {
  return values?.find(([name]) => name === textOf(value))?.[1] ?? textOf(value);
}

/** A value of an option as the form holds it: a word, a number, true or false. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
