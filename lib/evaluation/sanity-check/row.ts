import type { MapSimilarity } from "../../metrics/map-similarity.ts";
import type { Failure, Given } from "../row.ts";

/** Which map is compared with that of the model as it is. */
export interface SanityQuestion {
  readonly model: string;
  /** By which the weights are shuffled. */
  readonly seed: number;
  /** The stages from the head to this one, counted from 1, are randomised. */
  readonly stage: { readonly index: number; readonly name: string };
  readonly subject: string;
  readonly method: string;
  readonly given: Given;
}

/** How alike the map of a model is to the one that it made before its weights were randomised: a line of sanity-check.ndjson. */
export interface SanityRow extends SanityQuestion {
  /** The class that was explained, before and after: the one that is asked for, or that the model saw when it knew something. */
  readonly target: { readonly index: number; readonly label: string };
  /** Null where one of the maps is constant. */
  readonly similarity: MapSimilarity | null;
}

/** A subject that could not be explained. */
export type SanityFailure = Pick<Failure, "model" | "subject" | "error">;
