import { type BilinearAxis, resample } from "../tensor/bilinear.ts";
import { sfc32, uniform } from "../tensor/random.ts";
import type { Extent, Tensor } from "../tensor/tensor.ts";

/** What RISE draws its masks by. */
export interface RandomMaskOptions {
  /** s, cells along each axis, at least 1; the paper has 7. */
  readonly cells: number;
  /** p₁, the probability that a cell stays visible, 0 … 1; the paper has 0.5. */
  readonly visible: number;
  /** An integer, 0 … 2^32 − 1. */
  readonly seed: number;
}

/** RISE's masks as its paper draws them. */
export const paperMasks = { cells: 7, visible: 0.5 };

/** Keeps the streams of masks apart from those of noise, which count from 0. */
const FIRST_STREAM = 2 ** 31;

/** Mask k of RISE, [H, W] in [0, 1], a pure function of (options, k, extent). */
export function randomMask(k: number, { cells, visible, seed }: RandomMaskOptions, extent: Extent): Tensor<Float64Array> {
  const state = sfc32(seed, FIRST_STREAM + k);
  const data = Float64Array.from({ length: cells * cells }, () => (uniform(state) < visible ? 1 : 0));
  const [down, right] = [uniform(state), uniform(state)];
  return shiftedMask({ shape: [cells, cells], data }, down, right, extent);
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
  const [cells] = grid.shape;
  return resample(grid, shiftedAxis(cells, down, extent.height), shiftedAxis(cells, right, extent.width));
}

function shiftedAxis(cells: number, shift: number, length: number): BilinearAxis {
  const cell = Math.ceil(length / cells);
  const first = Math.floor(shift * cell);
  const positions = Float64Array.from({ length }, (_, i) => {
    const position = Math.abs(((first + i + 0.5) * cells) / ((cells + 1) * cell) - 0.5);
    return Math.min(position, Math.max(0, 2 * (cells - 1) - position));
  });
  const lower = Int32Array.from(positions, (position) => Math.min(Math.floor(position), cells - 1));
  return {
    lower,
    upper: lower.map((at) => Math.min(at + 1, cells - 1)),
    weight: positions.map((position, i) => position - lower[i]),
  };
}
