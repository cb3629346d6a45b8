import { normalised, type Saliency } from "./saliency.ts";

/** The paper's window, and its constants for values of 0 … 1. */
const SIGMA = 1.5;
const REACH = 5;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

/**
 * SSIM (Wang, Bovik, Sheikh, Simoncelli, IEEE Transactions on Image Processing 2004) of two maps [H, W], both normalised to [0, 1]:
 *
 *     (2 μ_a μ_b + C₁)(2 σ_ab + C₂) / ((μ_a² + μ_b² + C₁)(σ_a² + σ_b² + C₂))
 *
 * under a Gaussian window of 11 × 11 pixels, σ 1.5, its mean over all windows that lie within the maps; −1 … 1, where 1 is the same.
 * H and W are at least 11. For the sanity check (Adebayo et al., NeurIPS 2018) less is better: a map must change as the model's
 * weights are randomised.
 */
export function structuralSimilarity(a: Saliency, b: Saliency): number {
  const [height, width] = a.shape;
  const [x, y] = [normalised(a), normalised(b)];
  const local = (values: Float64Array) => smooth(values, height!, width!);
  const meanA = local(x);
  const meanB = local(y);
  const squareA = local(x.map((value) => value ** 2));
  const squareB = local(y.map((value) => value ** 2));
  const product = local(x.map((value, i) => value * y[i]!));
  const similarity = meanA.map((mean, i) => {
    const covariance = product[i]! - mean * meanB[i]!;
    const variances = squareA[i]! - mean ** 2 + squareB[i]! - meanB[i]! ** 2;
    return ((2 * mean * meanB[i]! + C1) * (2 * covariance + C2)) / ((mean ** 2 + meanB[i]! ** 2 + C1) * (variances + C2));
  });
  return similarity.reduce((sum, value) => sum + value, 0) / similarity.length;
}

const unscaled = Float64Array.from({ length: 2 * REACH + 1 }, (_, i) => Math.exp(-((i - REACH) ** 2) / (2 * SIGMA ** 2)));
const total = unscaled.reduce((sum, weight) => sum + weight);
const weights = unscaled.map((weight) => weight / total);

/** The window's weighted means, [H − 10, W − 10]. */
function smooth(values: Float64Array, height: number, width: number): Float64Array {
  const [rows, columns] = [height - 2 * REACH, width - 2 * REACH];
  const across = new Float64Array(height * columns);
  for (let i = 0; i < across.length; i++) {
    const from = Math.floor(i / columns) * width + (i % columns);
    for (let k = 0; k < weights.length; k++) across[i]! += weights[k]! * values[from + k]!;
  }
  const both = new Float64Array(rows * columns);
  for (let i = 0; i < both.length; i++) {
    for (let k = 0; k < weights.length; k++) both[i]! += weights[k]! * across[i + k * columns]!;
  }
  return both;
}
