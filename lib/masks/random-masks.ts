import { type BilinearAxis, resample } from "../tensor/bilinear.ts";
import { sfc32, uniform } from "../tensor/random.ts";
import { firstStream } from "../tensor/streams.ts";
import { type Extent, sizesOf, type Tensor } from "../tensor/tensor.ts";

/** What RISE draws its masks by. */
export interface RandomMaskOptions {
  /** s, cells along each axis, at least 1; the paper has 7. */
  readonly gridSize: number;
  /** p₁, the probability that a cell stays visible, 0 … 1; the paper has 0.5. */
  readonly p1: number;
  /** An integer, 0 … 2^32 − 1. */
  readonly seed: number;
}

/** RISE's masks as its paper draws them. */
export const paperMasks = { gridSize: 7, p1: 0.5 };

/** A mask as it is drawn, before it is as large as an image: its cells, [s, s], and its shifts as shares of a cell, each in [0, 1). */
export interface DrawnMask {
  readonly grid: Tensor<Float64Array>;
  readonly down: number;
  readonly right: number;
}

/** Mask k of RISE, a pure function of (options, k). */
export function drawMask(k: number, { gridSize, p1, seed }: RandomMaskOptions): DrawnMask {
  const state = sfc32(seed, firstStream.masks + k);
  const data = new Float64Array(gridSize * gridSize);
  for (let i = 0; i < data.length; i++) data[i] = uniform(state) < p1 ? 1 : 0;
  const [down, right] = [uniform(state), uniform(state)];
  return { grid: { shape: [gridSize, gridSize], data }, down, right };
}

/** The same as it lies over an image, [H, W] in [0, 1]. */
export function randomMask(k: number, options: RandomMaskOptions, extent: Extent): Tensor<Float64Array> {
  const { grid, down, right } = drawMask(k, options);
  return shiftedMask(grid, down, right, extent);
}

/** `count` masks of RISE, [K, H, W]. */
export function randomMasks(count: number, options: RandomMaskOptions, extent: Extent): Tensor {
  const size = extent.height * extent.width;
  const data = new Float32Array(count * size);
  for (let k = 0; k < count; k++) data.set(randomMask(k, options, extent).data, k * size);
  return { shape: [count, extent.height, extent.width], data };
}

/**
 * The mask of a grid [s, s] (Petsiuk, Das, Saenko, RISE, BMVC 2018, section 3.2): upsampled bilinearly to s + 1 cells of
 * ⌈H/s⌉ × ⌈W/s⌉ pixels, of which H × W are cut out, shifted by the shares `down` and `right` of a cell, each in [0, 1). As in the
 * authors' code the grid is mirrored at its border.
 */
export function shiftedMask(grid: Tensor<Float64Array>, down: number, right: number, extent: Extent): Tensor<Float64Array> {
  const [cells] = sizesOf(grid, 2);
  const [top, left] = [pixelShift(cells, down, extent.height), pixelShift(cells, right, extent.width)];
  return resample(grid, shiftedAxis(cells, top, extent.height), shiftedAxis(cells, left, extent.width));
}

/** Whole pixels that a share of a cell comes to, where `length` pixels have so many cells. */
export function pixelShift(cells: number, share: number, length: number): number {
  return Math.floor(share * Math.ceil(length / cells));
}

/** The axis that enlarges `cells` samples to `length`, from pixel `first` of the first cell on. */
export function shiftedAxis(cells: number, first: number, length: number): BilinearAxis {
  const cell = Math.ceil(length / cells);
  const positions = Float64Array.from({ length }, (_, i) => {
    const position = Math.abs(((first + i + 0.5) * cells) / ((cells + 1) * cell) - 0.5);
    return Math.min(position, Math.max(0, 2 * (cells - 1) - position));
  });
  const lower = Int32Array.from(positions, (position) => Math.min(Math.floor(position), cells - 1));
  return {
    lower,
    upper: lower.map((at) => Math.min(at + 1, cells - 1)),
    weight: positions.map((position, i) => position - lower[i]!),
  };
}
