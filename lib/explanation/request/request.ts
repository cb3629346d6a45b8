import { createHash } from "node:crypto";
import type { Preprocessing } from "../../image/preprocess.ts";
import type { MetricsConfig } from "./metrics.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { MethodConfig } from "../../methods/registry.ts";

/** All that determines an explanation; its id is derived from it. */
export type ExplanationRequest = RequestBase & MethodConfig;

/**
 * The version of everything that makes a map from an image: preprocessing, methods, metrics. It is part of a request and its id, so
 * that a numerical fix, which raises it, never answers with an old map. Requests that do not have it are of version 1.
 */
export const ALGORITHM_VERSION = 2;

/** What is to be explained, by whichever method. */
export interface RequestBase {
  /** `ALGORITHM_VERSION` of the service that accepted it; absent in those of version 1. */
  readonly algorithmVersion?: number;
  /** Who asked: nobody else sees it. */
  readonly owner: string;
  readonly model: ModelFacts;
  readonly image: ImageFacts;
  /** The index of the class to explain; null for the most probable one. */
  readonly target: number | null;
  /** What is to be measured once the map is there. */
  readonly metrics?: MetricsConfig;
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

/** 26 letters and digits derived from all of the request: the same request is the same explanation. */
export function explanationId(request: ExplanationRequest): string {
  const { owner, method, options, model, image, target, metrics, algorithmVersion = 1 } = request;
  const identity = { owner, method, options, model: model.digest, image: image.sha256, target, metrics, algorithmVersion };
  const digest = createHash("sha256").update(canonicalJson(identity)).digest();
  return Array.from(digest.subarray(0, 26), (byte) => alphabet[byte % 32]).join("");
}

/** Crockford's: no i, l, o, u. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
