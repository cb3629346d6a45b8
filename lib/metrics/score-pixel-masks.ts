import type { Tensor } from "../tensor/tensor.ts";
import type { Classifier } from "../classifier/classifier.ts";

/** How far a metric has come, in requests to the classifier. */
export interface MetricProgress {
  readonly done: number;
  readonly total: number;
}

/** What all requests of a metric have in common. */
export interface PerturbationTarget {
  /** The preprocessed image X, [3, H, W]. */
  readonly image: Tensor;
  /** What takes the place of the pixels that are not kept, [1, 3, H, W]: see `canvasOf`. */
  readonly canvas: Tensor;
  /** The index of the explained class y. */
  readonly target: number;
}

/**
 * f(y | X∘P_k + canvas∘(1−P_k)) for `count` sets of pixels P_k, [count], which `keep` writes as 0s and 1s, [H, W], into a buffer
 * that holds any numbers. Yields after each batch, so a caller that stops iterating stops the work.
 */
export async function* scorePixelMasks(
  classifier: Classifier,
  { image, canvas, target }: PerturbationTarget,
  count: number,
  keep: (k: number, into: Float32Array) => void,
): AsyncGenerator<MetricProgress, Float64Array> {
  const { height, width, classes, batchSize } = classifier;
  const size = height * width;
  const scratch = { keep: new Float32Array(batchSize * size), gate: new Float32Array(batchSize * size) };
  const scores = new Float64Array(count);
  for (let first = 0; first < count; first += batchSize) {
    const batch = Math.min(batchSize, count - first);
    const grid = (data: Float32Array): Tensor => ({ shape: [batch, height, width], data: data.subarray(0, batch * size) });
    for (let k = 0; k < batch; k++) keep(first + k, scratch.keep.subarray(k * size, (k + 1) * size));
    for (let i = 0; i < batch * size; i++) scratch.gate[i] = 1 - scratch.keep[i]!;
    const answers = await classifier.probe({ image, keep: grid(scratch.keep), gate: grid(scratch.gate), fill: canvas });
    for (let k = 0; k < batch; k++) scores[first + k] = answers.data[k * classes + target]!;
    yield { done: first + batch, total: count };
  }
  return scores;
}
