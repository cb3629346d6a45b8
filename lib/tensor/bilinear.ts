import { sizesOf, type Tensor } from "./tensor.ts";

/**
 * Bilinear resizing along one axis: output sample i is (1 − weight[i]) · input[lower[i]] + weight[i] · input[upper[i]].
 * Half-pixel centres, edge clamped, no antialiasing: torch's `interpolate(mode="bilinear", align_corners=False)`.
 */
export interface BilinearAxis {
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  readonly weight: Float64Array;
}

/** The axis that resizes `from` samples to `to`. */
export function bilinearAxis(from: number, to: number): BilinearAxis {
  const lower = new Int32Array(to);
  const upper = new Int32Array(to);
  const weight = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const source = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    lower[i] = Math.min(Math.floor(source), from - 1);
    upper[i] = Math.min(lower[i]! + 1, from - 1);
    weight[i] = Math.min(source - lower[i]!, 1);
  }
  return { lower, upper, weight };
}

/**
 * Only the first and the last sample of each cell of the input grid. Between two input samples the output is linear along
 * each axis, so over all output samples a map's minimum and maximum occur at these.
 */
export function cellEnds(axis: BilinearAxis): BilinearAxis {
  const cells = axis.lower;
  const ends = [...cells.keys()].filter((i) => cells[i] !== cells[i - 1] || cells[i] !== cells[i + 1]);
  return {
    lower: Int32Array.from(ends, (i) => axis.lower[i]!),
    upper: Int32Array.from(ends, (i) => axis.upper[i]!),
    weight: Float64Array.from(ends, (i) => axis.weight[i]!),
  };
}

/** Resizes a map [h, w] to [rows, columns], the lengths of the two axes. */
export function resample(
  map: Tensor<Float32Array | Float64Array>,
  rows: BilinearAxis,
  columns: BilinearAxis,
): Tensor<Float64Array> {
  const [h, w] = sizesOf(map, 2);
  const [height, width] = [rows.lower.length, columns.lower.length];
  const wide = new Float64Array(h * width);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < width; x++) {
      const left = map.data[y * w + columns.lower[x]!]!;
      const right = map.data[y * w + columns.upper[x]!]!;
      wide[y * width + x] = left + columns.weight[x]! * (right - left);
    }
  }
  const data = new Float64Array(height * width);
  for (let y = 0; y < height; y++) {
    const [top, bottom, weight] = [rows.lower[y]! * width, rows.upper[y]! * width, rows.weight[y]!];
    for (let x = 0; x < width; x++) data[y * width + x] = wide[top + x]! + weight * (wide[bottom + x]! - wide[top + x]!);
  }
  return { shape: [height, width], data };
}

/** Resizes a map [h, w] to [height, width]. */
export function resizeBilinear(map: Tensor<Float32Array | Float64Array>, height: number, width: number): Tensor<Float64Array> {
  const [h, w] = sizesOf(map, 2);
  return resample(map, bilinearAxis(h, height), bilinearAxis(w, width));
}
