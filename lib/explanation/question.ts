import { createHash } from "node:crypto";
import { z } from "zod";
import { CodedError } from "../errors.ts";
import type { Preprocessing } from "../image/preprocess.ts";

/** All that determines an explanation; its id is derived from it. */
export interface Question {
  /** Who asked: nobody else sees it. */
  readonly owner: string;
  readonly method: "VIT_CX";
  readonly model: ModelFacts;
  readonly image: ImageFacts;
  /** The index of the class to explain; null for the most probable one. */
  readonly target: number | null;
  readonly options: Options;
}

/** What is needed of a model to read an explanation when the model itself has gone. */
export interface ModelFacts {
  readonly id: string;
  readonly digest: string;
  readonly input: Preprocessing;
}

export interface ImageFacts {
  /** The file's format, also its name's ending in the store. */
  readonly format: string;
  /** Pixels, upright. */
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly sha256: string;
}

const options = z.strictObject({
  delta: z.number().gt(0).max(2),
  noiseSd: z.number().min(0).max(10),
  seed: z.int().min(0).max(2_147_483_647),
});

/** δ, the noise's standard deviation, the seed: see `ExplainOptions` of vit-cx. */
export type Options = z.infer<typeof options>;

const ranges: Record<keyof Options, string> = {
  delta: "a number above 0 and at most 2",
  noiseSd: "a number from 0 to 10",
  seed: "an integer from 0 to 2147483647",
};

/** Options as they will be used: what is left out takes the model's δ, the paper's noise (0.1) and the seed 0. Throws BAD_USER_INPUT. */
export function completeOptions(given: { readonly [name in keyof Options]?: unknown }, modelDelta: number): Options {
  const result = options.safeParse({
    delta: given.delta ?? modelDelta,
    noiseSd: given.noiseSd ?? 0.1,
    seed: given.seed ?? 0,
  });
  if (result.success) return result.data;
  const name = result.error.issues[0].path[0] as keyof Options;
  throw new CodedError("BAD_USER_INPUT", `Expected \`${name}\` to be ${ranges[name]}, got ${String(given[name])}.`);
}

/** 26 letters and digits derived from the question: the same question is the same explanation. */
export function explanationId(question: Question): string {
  const { owner, method, model, image, target, options: used } = question;
  const parts = [owner, method, model.digest, image.sha256, target, used.delta, used.noiseSd, used.seed];
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest();
  return Array.from(digest.subarray(0, 26), (byte) => alphabet[byte % 32]).join("");
}

/** Crockford's: no i, l, o, u. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
