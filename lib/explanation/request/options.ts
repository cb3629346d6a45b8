import { z } from "zod";
import { CodedError } from "../../errors.ts";

/** Every option of every method: which values it takes, and what it is where it is left out. */
const options = {
  delta: { schema: z.number().gt(0).max(2), range: "a number above 0 and at most 2", fallback: null },
  noiseSd: { schema: z.number().min(0).max(10), range: "a number from 0 to 10", fallback: 0.1 },
  seed: { schema: z.int().min(0).max(2_147_483_647), range: "an integer from 0 to 2147483647", fallback: 0 },
  noiseDraws: { schema: z.int().min(1).max(64), range: "an integer from 1 to 64", fallback: 1 },
  masks: { schema: z.enum(["merged", "all", "random"]), range: '"merged", "all" or "random"', fallback: "merged" },
  corrected: { schema: z.boolean(), range: "true or false", fallback: true },
  window: { schema: z.int().min(4).max(512), range: "an integer from 4 to 512", fallback: 32 },
  stride: { schema: z.int().min(4).max(512), range: "an integer from 4 to 512", fallback: 16 },
  count: { schema: z.int().min(1).max(8000), range: "an integer from 1 to 8000", fallback: 4000 },
  cells: { schema: z.int().min(1).max(28), range: "an integer from 1 to 28", fallback: 7 },
  visible: { schema: z.number().gt(0).max(1), range: "a number above 0 and at most 1", fallback: 0.5 },
} as const;

export type OptionName = keyof typeof options;

const optionsOf = {
  VIT_CX: ["delta", "noiseSd", "seed", "noiseDraws", "masks", "corrected"],
  OCCLUSION: ["window", "stride"],
  RISE: ["count", "cells", "visible", "seed"],
  SCORE_CAM: [],
  RANDOM: ["seed"],
  CENTRE_GAUSSIAN: [],
} as const satisfies Record<string, readonly OptionName[]>;

export type MethodName = keyof typeof optionsOf;

type Values = { readonly [Name in OptionName]: z.infer<(typeof options)[Name]["schema"]> };

/** The methods whose map depends on a seed. */
export const seededMethods: readonly MethodName[] = (Object.keys(optionsOf) as MethodName[]).filter((method) =>
  (optionsOf[method] as readonly OptionName[]).includes("seed"),
);

/** A method and its options, all filled in: see `ExplainOptions` of vit-cx, and the options of the baselines. */
export type MethodConfig = {
  readonly [Name in MethodName]: { readonly method: Name; readonly options: Pick<Values, (typeof optionsOf)[Name][number]> };
}[MethodName];

/** The options of whichever method, for a reader that does not mind which. */
export type AnyOptions = Partial<Values>;

/** Options as a user gives them; what is null or undefined is left out. */
export type GivenOptions = { readonly [name in OptionName]?: unknown };

/**
 * A method with its options as they will be used: δ is the model's where it is left out, and the rest the method's own paper's
 * where that says something. Throws BAD_USER_INPUT for a value out of range, and for an option that the method does not have.
 */
export function completeMethod(method: MethodName, given: GivenOptions, modelDelta: number): MethodConfig {
  const names: readonly OptionName[] = optionsOf[method];
  for (const [name, value] of Object.entries(given)) {
    if (!isGiven(value) || names.includes(name as OptionName)) continue;
    const has = names.length === 0 ? "it has none" : `it has ${names.map((each) => `\`${each}\``).join(", ")}`;
    throw new CodedError("BAD_USER_INPUT", `The method ${method} has no option \`${name}\`; ${has}.`);
  }
  const entries = names.map((name) => [name, checked(name, given[name] ?? options[name].fallback ?? modelDelta)]);
  return { method, options: Object.fromEntries(entries) };
}

/** The same method and options with another seed, which is for `seededMethods` alone. */
export function reseeded(config: MethodConfig, seed: number): MethodConfig {
  return { ...config, options: { ...config.options, seed } } as MethodConfig;
}

/** The method of a name in any case, with - or _ between its words. Throws BAD_USER_INPUT. */
export function methodNamed(text: string): MethodName {
  const name = text.toUpperCase().replaceAll("-", "_");
  if (Object.hasOwn(optionsOf, name)) return name as MethodName;
  const names = Object.keys(optionsOf).join(", ");
  throw new CodedError("BAD_USER_INPUT", `There is no method ${JSON.stringify(text)}; there are ${names}.`);
}

/**
 * What of a config enters an explanation's id: of ViT-CX its three first options, and of the later ones those that are not as in
 * the paper, so that an id stays what it was as options are added.
 */
export function identityOf(config: MethodConfig): readonly unknown[] {
  if (config.method !== "VIT_CX") return [config.options];
  const { delta, noiseSd, seed, ...later } = config.options;
  const names = Object.keys(later) as (keyof typeof later)[];
  const changed = names.filter((name) => later[name] !== options[name].fallback);
  const added = changed.length === 0 ? [] : [Object.fromEntries(changed.map((name) => [name, later[name]]))];
  return [delta, noiseSd, seed, ...added];
}

function checked(name: OptionName, value: unknown): unknown {
  const result = options[name].schema.safeParse(value);
  if (result.success) return result.data;
  throw new CodedError("BAD_USER_INPUT", `Expected \`${name}\` to be ${options[name].range}, got ${String(value)}.`);
}

/** GraphQL's null is the same as leaving out. */
export function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}
