import { preprocess } from "../../image/preprocess.ts";
import type { Extent, Tensor } from "../../tensor/tensor.ts";
import { gaussianNoise } from "../../causal-impact-score/noise.ts";
import type { InstalledModel } from "./catalog.ts";
import type { Classifier } from "../../classifier/classifier.ts";
import { originalProbabilities } from "../runtime/compare.ts";
import { openClassifier } from "../runtime/onnx-classifier.ts";
import type { SessionOptions } from "../runtime/session.ts";
import { checkPlaces, isPlaced, LEAST_SHARE, type PlaceCheck, placeCheckOf } from "../places/place-check.ts";
import { isMultiLabel } from "./output-kind.ts";
import { unusable } from "../unusable.ts";
import type { Manifest } from "./manifest.ts";
import { explain } from "../../methods/vit-cx/explain.ts";

/**
 * How far the probe may be from the model itself, an image of a batch from the same image alone, and probabilities from what
 * probabilities are, which half precision rounds.
 */
const TOLERANCES = { probe: 1e-6, batch: 1e-4, range: 2e-3 };

/** What a model says of an image, and whether it may be relied on. */
export interface Verification {
  /** The most probable classes first. */
  readonly classes: readonly { readonly label: string; readonly probability: number }[];
  /** D embedding maps became K masks. */
  readonly maps: number;
  readonly masks: number;
  /** Of the whole explanation, the model being loaded. */
  readonly seconds: number;
  readonly checks: readonly Check[];
  /** Whether the tokens are where they are read. */
  readonly placeCheck: PlaceCheck & { readonly passed: boolean };
}

export interface Check {
  readonly name: string;
  /** The largest difference of a probability, and how large it may be. */
  readonly difference: number;
  readonly tolerance: number;
}

/**
 * Explains an image by ViT-CX, and checks that the probe with keep 1 and gate 0 is the original model, that the images of a batch
 * do not change each other's scores, and that the tokens are where their patches are.
 *
 * @throws CodedError as `openClassifier` and `preprocess`
 */
export async function verifyModel(
  model: InstalledModel,
  picture: Uint8Array,
  options: SessionOptions = {},
): Promise<Verification> {
  const { input, labels, delta } = model.manifest;
  const image = await preprocess(picture, input);
  const original = await originalProbabilities(model, image, options);
  await using classifier = await openClassifier(model, options);
  const checks = await compare(classifier, model.manifest, image, original);
  const places = await checkPlaces(classifier);
  // The order of a model that was added has been shown before, by more than this check where it had to be.
  const isRight = model.manifest.placeCheck ? places.share >= LEAST_SHARE : isPlaced(places);
  const started = performance.now();
  const found = { maps: 0, masks: 0 };
  for await (const step of explain(classifier, image, { delta, noiseSd: 0.1, seed: 0 })) {
    if (step.stage === "clustered") Object.assign(found, { maps: step.maps, masks: step.clusterSizes.length });
  }
  const seconds = (performance.now() - started) / 1000;
  const classes = [...original.keys()]
    .toSorted((a, b) => original[b]! - original[a]!)
    .slice(0, 5)
    .map((index) => ({ label: labels[index]!, probability: original[index]! }));
  return { classes, ...found, seconds, checks, placeCheck: { ...placeCheckOf(places), passed: isRight } };
}

export function passed({ checks, placeCheck }: Pick<Verification, "checks" | "placeCheck">): boolean {
  return placeCheck.passed && checks.every(({ difference, tolerance }) => difference <= tolerance);
}

/**
 * The checks of `verifyModel` on an image of noise.
 *
 * @throws CodedError MODEL_UNUSABLE where one fails; as `openClassifier`
 */
export async function checkProbe(model: InstalledModel, options: SessionOptions = {}): Promise<void> {
  const image = noiseImage(model.manifest.input, 0);
  const original = await originalProbabilities(model, image, options);
  await using classifier = await openClassifier(model, options);
  const failed = (await compare(classifier, model.manifest, image, original)).find(
    ({ difference, tolerance }) => !(difference <= tolerance),
  );
  if (failed) {
    const { name, difference, tolerance } = failed;
    throw unusable(`Model "${model.manifest.id}": ${name}: expected at most ${tolerance}, got ${difference}.`);
  }
}

async function compare(
  classifier: Classifier,
  { output }: Pick<Manifest, "output">,
  image: Tensor,
  original: Float32Array,
): Promise<Check[]> {
  const { probabilities } = await classifier.classify(image);
  const one = (value: number) => ({ shape: [1, 1, 1], data: Float32Array.of(value) });
  const other = noiseImage(classifier, 1);
  const fill = { shape: [1, ...other.shape], data: other.data };
  const keep = { shape: [2, 1, 1], data: Float32Array.of(0, 1) };
  const gate = { shape: [2, 1, 1], data: Float32Array.of(1, 0) };
  const batch = await classifier.probe({ image, keep, gate, fill });
  const alone = await classifier.probe({ image, keep: one(0), gate: one(1), fill });
  const together = largestDifference(batch.data, Float32Array.of(...alone.data, ...probabilities));
  return [
    {
      name: "the probe against the model itself",
      difference: largestDifference(probabilities, original),
      tolerance: TOLERANCES.probe,
    },
    { name: "two images at once against one", difference: together, tolerance: TOLERANCES.batch },
    isMultiLabel(output)
      ? { name: "each label's probability, outside of 0 to 1", difference: outside(probabilities), tolerance: TOLERANCES.range }
      : {
          name: "the sum of the probabilities against 1",
          difference: Math.abs(1 - sum(probabilities)),
          tolerance: TOLERANCES.range,
        },
  ];
}

function noiseImage({ height, width }: Extent, seed: number): Tensor {
  const data = new Float32Array(3 * height * width);
  gaussianNoise(seed, 1)(0, data, 0);
  return { shape: [3, height, width], data };
}

function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0);
}

/** How far a value lies below 0 or above 1. */
function outside(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, -value, value - 1), 0);
}

/** NaN where one is. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}
