import type { Extent, Tensor } from "../tensor/tensor.ts";
import { weightedSum } from "./weighted-sum.ts";

/** K masks as grids, [K, h, w], each to be upsampled to H × W. */
type Grids = Tensor<Float32Array | Float64Array>;

/** A sum of masks below this is rounding of their float32 grids: nothing covers the pixel. */
const UNCOVERED = 1e-6;

/**
 * Equation (5), the sum of the scores freed of the pixel coverage bias, over H × W pixels x:
 *
 *     S(x) = Σ_k s_k M_k(x) / Σ_k M_k(x),   0 where nothing covers x
 *
 * for K masks and their scores. The mean score is taken out first and put back last (equation 6), or float32 rounding of what
 * follows would make ties of neighbouring pixels. Both sums are linear in the masks, so they are made on the grid.
 */
export function correctCoverage(masks: Grids, scores: ArrayLike<number>, extent: Extent): Tensor<Float64Array> {
  const mean = meanOf(scores);
  const weighted = weightedSum(masks, (k) => scores[k]! - mean, extent);
  const covered = weightedSum(masks, () => 1, extent);
  const data = covered.data.map((coverage, x) => (coverage > UNCOVERED ? mean + weighted.data[x]! / coverage : 0));
  return { shape: covered.shape, data };
}

/** ρ(x) = Σ_k M_k(x) / K, the pixel coverage, [H, W]. */
export function pixelCoverage(masks: Grids, extent: Extent): Tensor<Float64Array> {
  return weightedSum(masks, () => 1 / masks.shape[0]!, extent);
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return values.length === 0 ? 0 : sum / values.length;
}
