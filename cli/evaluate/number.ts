import { CodedError } from "../../lib/errors.ts";

/** A whole number of the command line. Throws BAD_USER_INPUT, with what was `expected`, where it is none from `least` to `most`. */
export function wholeNumber(name: string, text: string, expected: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new CodedError("BAD_USER_INPUT", `Expected --${name} to be ${expected}, got ${text}.`);
}

/** The same where `Infinity` stands for all there are. */
export function numberOrAll(name: string, text: string, least: number): number {
  return text === "Infinity" ? Infinity : wholeNumber(name, text, `an integer, at least ${least}`, least, Infinity);
}
