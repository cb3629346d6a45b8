import { CodedError } from "../lib/errors.ts";

/** Reads an option's integer. What it returns throws BAD_USER_INPUT for any other text, and for a number out of range. */
export function integerOption(name: string, least: number, most = Infinity): (text: string) => number {
  const range = most === Infinity ? `an integer, at least ${least}` : `an integer from ${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new CodedError("BAD_USER_INPUT", `Expected --${name} to be ${range}, got ${text === "" ? "nothing" : text}.`);
  };
}

/** The same for a number that need not be an integer. */
export function numberOption(name: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value >= least && value <= most) return value;
    const got = text === "" ? "nothing" : text;
    throw new CodedError("BAD_USER_INPUT", `Expected --${name} to be a number from ${least} to ${most}, got ${got}.`);
  };
}
