import { resizeBilinear } from "../tensor/bilinear.ts";
import { type Extent, sizesOf, type Tensor } from "../tensor/tensor.ts";

/**
 * Equation (1), S(x) = Σ_k w_k M_k(x) over H × W pixels x, for K masks [K, h, w] and the weight of each. The sum is linear in the
 * masks, so it is made on the grid and upsampled once.
 */
export function weightedSum(
  masks: Tensor<Float32Array | Float64Array>,
  weight: (k: number) => number,
  extent: Extent,
): Tensor<Float64Array> {
  const [count, h, w] = sizesOf(masks, 3);
  const sum = new Float64Array(h * w);
  for (let k = 0; k < count; k++) {
    const factor = weight(k);
    for (let i = 0; i < h * w; i++) sum[i]! += factor * masks.data[k * h * w + i]!;
  }
  return resizeBilinear({ shape: [h, w], data: sum }, extent.height, extent.width);
}
