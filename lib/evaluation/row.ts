import type { MetricName } from "../explanation/measurements.ts";

/** What one method made of one subject, measured: a line of rows.ndjson. */
export interface Row {
  readonly model: string;
  /** The image's path within its folder and, where an image has several objects, the one that was asked about: `name#label`. */
  readonly subject: string;
  /** As it was asked for, with the options that are not the method's defaults: `vit-cx`, `rise:count=1000`. */
  readonly method: string;
  /** Of a method that draws: the seed of its dice. */
  readonly seed?: number;
  /** The explanation's id. */
  readonly id: string;
  /** The class that was explained, and its probability. */
  readonly target: { readonly index: number; readonly label: string; readonly probability: number };
  /** How many masks or variants were scored; 0 for a control. */
  readonly masks: number;
  /** Seconds until the map was there, on a machine that may have done other things as well. */
  readonly seconds: number;
  readonly measured: readonly Measured[];
}

/** Points of a curve are rounded to five digits: they are for drawing, the value is what was measured. */
export interface Measured {
  readonly metric: MetricName;
  readonly value: number;
  readonly curve?: { readonly shares: readonly number[]; readonly probabilities: readonly number[] };
}

/** A subject that could not be explained by a method: the line in place of a row. */
export interface Failure {
  readonly model: string;
  readonly subject: string;
  readonly method: string;
  readonly error: { readonly code: string; readonly message: string };
}
