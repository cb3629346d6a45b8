import { bilinearAxis, type BilinearAxis } from "../tensor/bilinear.ts";
import { type Extent, sizesOf, type Tensor } from "../tensor/tensor.ts";
import type { MaskGrids } from "./mask-grids.ts";

/**
 * 1 − cos(M_i, M_j) for all pairs of N masks over their H × W pixels, [N, N], symmetric with a zero diagonal.
 *
 * With M_i = U g_i, the inner product of two masks is g_iᵀ (UᵀU) g_j, and UᵀU is the Kronecker product of one small Gram
 * matrix for the rows and one for the columns: N² · hw multiplications instead of N² · HW.
 */
export function cosineDistance(masks: MaskGrids, extent: Extent): Tensor<Float64Array> {
  const [count, h, w] = sizesOf(masks, 3);
  const rowGram = gram(bilinearAxis(h, extent.height), h);
  const columnGram = gram(bilinearAxis(w, extent.width), w);
  const size = h * w;
  const weighted = new Float64Array(count * size);
  for (let n = 0; n < count; n++)
    applyGram(masks.data.subarray(n * size, (n + 1) * size), rowGram, columnGram, weighted.subarray(n * size));

  const norm = Float64Array.from({ length: count }, (_, n) => Math.sqrt(dot(masks.data, weighted, n * size, n * size, size)));
  const data = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const distance = 1 - dot(masks.data, weighted, i * size, j * size, size) / (norm[i]! * norm[j]!);
      data[i * count + j] = distance;
      data[j * count + i] = distance;
    }
  }
  return { shape: [count, count], data };
}

/** mSim: the mean cosine similarity over all pairs of different masks; 1 where there is but one mask. */
export function meanPairwiseSimilarity(distance: Tensor<Float64Array>): number {
  const [count] = sizesOf(distance, 2);
  if (count < 2) return 1;
  let sum = 0;
  for (const value of distance.data) sum += value;
  return 1 - sum / (count * (count - 1));
}

/** UᵀU of one axis, [n, n]: non-zero on the diagonal and beside it only. */
function gram(axis: BilinearAxis, n: number): Float64Array {
  const product = new Float64Array(n * n);
  axis.lower.forEach((lower, i) => {
    const upper = axis.upper[i]!;
    const weight = axis.weight[i]!;
    product[lower * n + lower]! += (1 - weight) ** 2;
    product[lower * n + upper]! += (1 - weight) * weight;
    product[upper * n + lower]! += (1 - weight) * weight;
    product[upper * n + upper]! += weight ** 2;
  });
  return product;
}

/** into = R g C for a grid g [h, w], a row Gram matrix R [h, h] and a column Gram matrix C [w, w], both tridiagonal. */
function applyGram(grid: MaskGrids["data"], rowGram: Float64Array, columnGram: Float64Array, into: Float64Array): void {
  const h = Math.sqrt(rowGram.length);
  const w = Math.sqrt(columnGram.length);
  const half = new Float64Array(h * w);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      for (let k = Math.max(0, x - 1); k <= Math.min(w - 1, x + 1); k++)
        half[y * w + x]! += columnGram[x * w + k]! * grid[y * w + k]!;
    }
  }
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      let sum = 0;
      for (let k = Math.max(0, y - 1); k <= Math.min(h - 1, y + 1); k++) sum += rowGram[y * h + k]! * half[k * w + x]!;
      into[y * w + x] = sum;
    }
  }
}

function dot(a: MaskGrids["data"], b: Float64Array, fromA: number, fromB: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += a[fromA + k]! * b[fromB + k]!;
  return sum;
}
