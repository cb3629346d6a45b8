import { sizesOf, type Tensor } from "../tensor/tensor.ts";
import type { Classifier } from "../classifier/classifier.ts";
import type { NoiseOf } from "./noise.ts";

/** The probabilities of all C classes for the masks `first` … `first + B − 1`, each [B, C], and each the mean over all draws. */
export interface ScoredBatch {
  readonly first: number;
  /** f(· | X∘M_k + (1−M_k)∘Z_k). */
  readonly masked: Tensor;
  /** f(· | X + (1−M_k)∘Z_k). */
  readonly noisy: Tensor;
}

/**
 * Asks the classifier what equation (2) needs of each of K masks, in their order, batch by batch: 2K passes for each draw of the
 * noise. The score is linear in what is asked, so its mean over the draws is that of their means. Batches are of one size as
 * nearly as can be, at most the classifier's own. Yields null between two draws of a batch, so that a caller can stop there.
 */
export async function* scoreMasks(
  classifier: Classifier,
  image: Tensor,
  masks: Tensor,
  noiseOf: NoiseOf,
  draws = 1,
): AsyncGenerator<ScoredBatch | null> {
  const [count, h, w] = sizesOf(masks, 3);
  const batch = Math.ceil(count / Math.ceil(count / classifier.batchSize));
  const everything: Tensor = { shape: [1, 1, 1], data: Float32Array.of(1) };
  const scratch = new Float32Array(batch * image.data.length);
  for (let first = 0; first < count; first += batch) {
    const size = Math.min(batch, count - first);
    const keep: Tensor = { shape: [size, h, w], data: masks.data.subarray(first * h * w, (first + size) * h * w) };
    const gate: Tensor = { shape: [size, h, w], data: keep.data.map((value) => 1 - value) };
    const fill: Tensor = { shape: [size, ...image.shape], data: scratch.subarray(0, size * image.data.length) };
    const masked: Tensor[] = [];
    const noisy: Tensor[] = [];
    for (let draw = 0; draw < draws; draw++) {
      if (draw > 0) yield null;
      for (let k = 0; k < size; k++) {
        noiseOf(first + k, fill.data.subarray(k * image.data.length, (k + 1) * image.data.length), draw);
      }
      masked.push(await classifier.probe({ image, keep, gate, fill }));
      noisy.push(await classifier.probe({ image, keep: everything, gate, fill }));
    }
    yield { first, masked: meanOf(masked), noisy: meanOf(noisy) };
  }
}

/** The mean of tensors of one shape; of a single one, itself bit for bit. */
function meanOf(draws: readonly Tensor[]): Tensor {
  const data = draws[0]!.data.map((_, i) => draws.reduce((sum, { data }) => sum + data[i]!, 0) / draws.length);
  return { shape: draws[0]!.shape, data };
}
