import { bilinearAxis, cellEnds, resample } from "../tensor/bilinear.ts";
import { extremes } from "../tensor/extremes.ts";
import { type Extent, sizesOf, type Tensor } from "../tensor/tensor.ts";

/**
 * N masks as grids [N, h, w]. The mask of a grid is its bilinear upsampling to H × W, and spans exactly [0, 1] there; the
 * grid itself may reach a little further. Upsampling is linear and keeps constants, so everything that is said of masks
 * (min-max normalisation, means, inner products, weighted sums) can be done on the grids.
 */
export type MaskGrids = Tensor<Float32Array | Float64Array>;

/** Which of N maps were kept, and their mask grids. */
export interface NormalisedMaps {
  readonly masks: MaskGrids;
  /** Ascending indices into the maps that came in, one a mask. */
  readonly kept: readonly number[];
}

/** A spread below this share of the largest value is rounding of float32, not a map. */
const CONSTANT = 1e-6;

/**
 * Min-max normalises maps [N, h, w] over their H × W upsampled pixels. A constant map carries nothing and is left out (the
 * authors' code makes NaN of it).
 */
export function normaliseMaps(maps: Tensor<Float32Array | Float64Array>, extent: Extent): NormalisedMaps {
  const [count, h, w] = sizesOf(maps, 3);
  const rows = cellEnds(bilinearAxis(h, extent.height));
  const columns = cellEnds(bilinearAxis(w, extent.width));
  const data = new Float64Array(count * h * w);
  const kept: number[] = [];
  for (let n = 0; n < count; n++) {
    const map = maps.data.subarray(n * h * w, (n + 1) * h * w);
    const [low, high] = extremes(resample({ shape: [h, w], data: map }, rows, columns).data);
    if (!(high - low > CONSTANT * Math.max(Math.abs(low), Math.abs(high)))) continue;
    for (let i = 0; i < h * w; i++) data[kept.length * h * w + i] = (map[i]! - low) / (high - low);
    kept.push(n);
  }
  return { masks: { shape: [kept.length, h, w], data: data.slice(0, kept.length * h * w) }, kept };
}

/** The grid of mask n, [h, w], a view. */
export function maskGrid(masks: MaskGrids, n: number): MaskGrids {
  const [, h, w] = sizesOf(masks, 3);
  return { shape: [h, w], data: masks.data.subarray(n * h * w, (n + 1) * h * w) };
}
