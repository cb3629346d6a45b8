import type { z } from "zod";
import { CodedError } from "../errors.ts";
import { describeOptions, type OptionsSchema, rangeText } from "./describe.ts";

/** Options as a user gives them; what is null or undefined is left out. */
export type GivenOptions = Readonly<Record<string, unknown>>;

/**
 * The options that will be used: those given, checked, and for the others the defaults; `ofModel` has the values of those whose default
 * depends on the model. `path` is what stands before a name in a message: "metrics.deletion.".
 *
 * @throws CodedError BAD_USER_INPUT for a value out of range, and for an option that `owner` ("The method RISE") does not have
 */
export function completeOptions<Schema extends OptionsSchema>(
  schema: Schema,
  given: GivenOptions,
  { owner, path = "", ofModel = {} }: { owner: string; path?: string; ofModel?: GivenOptions },
): z.output<Schema> {
  const options = describeOptions(schema);
  for (const [name, value] of Object.entries(given)) {
    if (!isGiven(value) || options.some((option) => option.name === name)) continue;
    const has = options.length === 0 ? "it has none" : `it has ${options.map((each) => `\`${each.name}\``).join(", ")}`;
    throw new CodedError("BAD_USER_INPUT", `${owner} has no option \`${name}\`; ${has}.`);
  }
  const values = options.map((option) => {
    const value = given[option.name] ?? option.default ?? ofModel[option.name];
    const result = schema.shape[option.name]!["~standard"].validate(value);
    if (!(result instanceof Promise) && !result.issues) return [option.name, result.value];
    throw new CodedError(
      "BAD_USER_INPUT",
      `Expected \`${path}${option.name}\` to be ${rangeText(option)}, got ${String(value)}.`,
    );
  });
  return Object.fromEntries(values) as z.output<Schema>;
}

/** GraphQL's null is the same as leaving out. */
export function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}
