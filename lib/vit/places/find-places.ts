import { openGraph } from "../runtime/onnx-classifier.ts";
import type { SessionOptions } from "../runtime/session.ts";
import type { Manifest } from "../catalog/manifest.ts";
import { learnOrder, type Source } from "./learn-order.ts";
import {
  checkPlaces,
  isLikelyPlaced,
  isPlaced,
  LEAST_SHARE,
  misplaced,
  placeCheckOf,
  type PlaceCheck,
  type PlaceMeasurement,
} from "./place-check.ts";

/** Where the tokens of the patches really are, and how that was seen. */
export interface Places {
  readonly placeCheck: PlaceCheck;
  readonly prefixTokens: number;
  /** The token of each patch, where it is not the row by row that follows the prefix. */
  readonly order: readonly number[] | undefined;
}

/**
 * Asks a model whether the token that is read as a patch is the one of that patch; where it is not, learns which is, and asks again.
 *
 * @throws CodedError MODEL_UNUSABLE where no order is found in which tokens move with their patches
 */
export async function findPlaces(source: Source, options: SessionOptions = {}): Promise<Places> {
  const { embedding } = source.manifest;
  const { order: known, prefixTokens = 0, tensor } = embedding;
  const plain = await check(source, embedding, options);
  const asRead = { placeCheck: placeCheckOf(plain), prefixTokens, order: known };
  if (known ? plain.share >= LEAST_SHARE : isPlaced(plain)) return asRead;
  const learned = await learnOrder(source, options);
  let best = plain;
  if (learned) {
    const isPlain = learned.every((token, patch) => token === prefixTokens + patch);
    const first = Math.min(...learned);
    const placeCheck = isPlain ? plain : await check(source, { ...embedding, order: learned, prefixTokens: first }, options);
    const order = isPlain ? undefined : learned;
    if (placeCheck.share > plain.share) best = placeCheck;
    if (placeCheck.share >= LEAST_SHARE) return { placeCheck: placeCheckOf(placeCheck), prefixTokens: first, order };
  } else if (isLikelyPlaced(plain)) return asRead;
  throw misplaced(tensor, best, learned ? "" : "; no other order is stable");
}

async function check(source: Source, embedding: Manifest["embedding"], options: SessionOptions): Promise<PlaceMeasurement> {
  const classifier = await openGraph(source.model, source.folder, { ...source.manifest, embedding }, options);
  try {
    return await checkPlaces(classifier);
  } finally {
    await classifier[Symbol.asyncDispose]();
  }
}
