import type { Tensor } from "../tensor/tensor.ts";
import type { Classifier } from "../classifier/classifier.ts";
import type { Evidence, Progress } from "./method.ts";

/** K masks of any size h × w, written one at a time. */
export interface Masks {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** Writes mask k, [h, w] in [0, 1], into the buffer that it is given. */
  readonly write: (k: number, into: Float32Array) => void;
}

/** What a run knows beside the scores, [K, C]. */
export interface Known<Name extends string> {
  readonly probabilities: Float32Array;
  readonly tensors: Readonly<Record<Name, Tensor>>;
}

/**
 * Computes f(·|X∘M_k) of K masks, batch by batch, and adds them to the evidence as its scores: what a mask hides becomes 0 in
 * normalised pixel space.
 */
export async function* scoreKept<Name extends string = never>(
  classifier: Classifier,
  image: Tensor,
  masks: Masks,
  { probabilities, tensors }: Known<Name>,
): AsyncGenerator<Progress<Name | "scores">, Evidence<Name | "scores">> {
  const { count, height, width } = masks;
  const { classes } = classifier;
  const gate: Tensor = { shape: [1, 1, 1], data: new Float32Array(1) };
  const fill: Tensor = { shape: [1, ...image.shape], data: new Float32Array(image.data.length) };
  const scratch = new Float32Array(Math.min(count, classifier.batchSize) * height * width);
  const scores = new Float32Array(count * classes);
  const evidence = (rows: number) => ({
    extent: { height: classifier.height, width: classifier.width },
    probabilities,
    tensors: { ...tensors, scores: { shape: [rows, classes], data: scores.subarray(0, rows * classes) } } as Evidence<
      Name | "scores"
    >["tensors"],
  });
  for (let first = 0; first < count; first += classifier.batchSize) {
    const size = Math.min(classifier.batchSize, count - first);
    const keep: Tensor = { shape: [size, height, width], data: scratch.subarray(0, size * height * width) };
    for (let k = 0; k < size; k++) {
      masks.write(first + k, keep.data.subarray(k * height * width, (k + 1) * height * width));
    }
    const answers = await classifier.probe({ image, keep, gate, fill });
    scores.set(answers.data, first * classes);
    yield { stage: "scored", done: first + size, total: count, evidence: evidence(first + size) };
  }
  return evidence(count);
}
