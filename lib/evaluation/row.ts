import type { MetricName } from "../metrics/registry.ts";

/** What one method made of one subject, measured: a line of rows.ndjson. */
export interface Row extends About {
  /** Of a method that draws: its random seed. */
  readonly seed?: number;
  /** The explanation's id. */
  readonly id: string;
  /** The class that was explained, and its probability. */
  readonly target: { readonly index: number; readonly label: string; readonly probability: number };
  /** How many masks or variants were scored; 0 for a control. */
  readonly masks: number;
  /** Seconds until the map was there, on a machine that may have done other things as well. */
  readonly seconds: number;
  /** How many of the subject's boxes the model saw nothing of, where there are any such; they were left out. */
  readonly unseen?: number;
  readonly measured: readonly Measured[];
}

/** By which a line is known. */
export interface About {
  readonly model: string;
  /** The image's path within its folder and, where an image has several objects, the one that was asked about: `name#label`. */
  readonly subject: string;
  /** As it was asked for, with the options that are not the method's defaults: `vit-cx`, `rise:num-masks=1000`. */
  readonly method: string;
  /** What lay behind these names; lines of earlier versions do not say. */
  readonly given?: Given;
}

/** What a request was asked about. Where any of it is another, the answer is one to another request. */
export interface Given {
  /** SHA-256 of the image file, hexadecimal. */
  readonly image: string;
  /** The model's digest, which covers its weights. */
  readonly model: string;
  /** The class, as it was asked for; null for the most probable one. */
  readonly target: string | null;
  /** Left, top, right and bottom of each box of the subject. */
  readonly boxes?: readonly (readonly [number, number, number, number])[];
}

/**
 * Points of a curve are rounded to five digits: they are for drawing, the value is what was measured. They lie evenly, from no pixel
 * changed to all; lines of earlier versions have each one's share of the pixels as well.
 */
export interface Measured {
  readonly metric: MetricName;
  readonly value: number;
  readonly curve?: { readonly shares?: readonly number[]; readonly probabilities: readonly number[] };
}

/** A subject that could not be explained by a method: the line in place of a row. */
export interface Failure extends About {
  readonly error: { readonly code: string; readonly message: string };
}

/** Which request a line answers, as far as names tell it. */
export function keyOf({ model, subject, method }: About): string {
  return JSON.stringify([model, subject, method]);
}

/** Whether a value is a line of an evaluation, as far as its members tell. */
export function isLine({ model, measured, error }: Partial<Row & Failure>): boolean {
  return model !== undefined && (measured ?? error) !== undefined;
}
