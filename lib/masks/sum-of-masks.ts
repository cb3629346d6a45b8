import type { BilinearAxis } from "../tensor/bilinear.ts";
import { type Extent, sizesOf, type Tensor } from "../tensor/tensor.ts";
import { type DrawnMask, pixelShift, shiftedAxis } from "./random-masks.ts";

/**
 * Σ_k w_k M_k(x), [H, W], of as many masks as there are weights, all of s × s cells. A mask is linear in its grid, and along each axis
 * by itself: of the masks with both shifts in common the grids are added up, of those with one shift to the right the grids as tall
 * as the image, and only these sums, at most one a pixel of a cell, are made as wide. But for rounding it is the sum itself, in a
 * hundredth of its time.
 */
export function sumOfMasks(
  weights: Float64Array,
  maskOf: (k: number) => DrawnMask,
  { height, width }: Extent,
): Tensor<Float64Array> {
  const total = zeros(height, width);
  const downs = new Map<number, BilinearAxis>();
  for (const [right, byDown] of gridsByShift(weights, maskOf, { height, width })) {
    const [grid] = byDown.values();
    const [cells] = sizesOf(grid!, 2);
    const tall = zeros(height, cells);
    for (const [down, grid] of byDown) {
      const rows = downs.get(down) ?? shiftedAxis(cells, down, height);
      downs.set(down, rows);
      addTaller(grid, rows, tall);
    }
    addWider(tall, shiftedAxis(cells, right, width), total);
  }
  return total;
}

/** The weighted sums of the grids with both shifts in common, by their shift to the right and then down, in pixels. */
function gridsByShift(weights: Float64Array, maskOf: (k: number) => DrawnMask, { height, width }: Extent) {
  const sums = new Map<number, Map<number, Tensor<Float64Array>>>();
  weights.forEach((weight, k) => {
    const { grid, ...shares } = maskOf(k);
    const [cells] = sizesOf(grid, 2);
    const [down, right] = [pixelShift(cells, shares.down, height), pixelShift(cells, shares.right, width)];
    const byDown = sums.get(right) ?? new Map<number, Tensor<Float64Array>>();
    const sum = byDown.get(down) ?? zeros(cells, cells);
    add(grid, weight, sum);
    sums.set(right, byDown.set(down, sum));
  });
  return sums;
}

function zeros(height: number, width: number): Tensor<Float64Array> {
  return { shape: [height, width], data: new Float64Array(height * width) };
}

function add({ data }: Tensor<Float64Array>, weight: number, into: Tensor<Float64Array>): void {
  for (let i = 0; i < data.length; i++) into.data[i]! += weight * data[i]!;
}

/** Adds a grid [s, s], made as tall as the rows are many. */
function addTaller(grid: Tensor<Float64Array>, rows: BilinearAxis, into: Tensor<Float64Array>): void {
  const { data } = grid;
  const [, cells] = sizesOf(grid, 2);
  for (let y = 0; y < rows.lower.length; y++) {
    const [top, bottom, weight] = [rows.lower[y]! * cells, rows.upper[y]! * cells, rows.weight[y]!];
    for (let x = 0; x < cells; x++) into.data[y * cells + x]! += data[top + x]! + weight * (data[bottom + x]! - data[top + x]!);
  }
}

/** Adds a grid [H, s], made as wide as the columns are many. */
function addWider(tall: Tensor<Float64Array>, columns: BilinearAxis, into: Tensor<Float64Array>): void {
  const { data } = tall;
  const [height, cells] = sizesOf(tall, 2);
  const { lower, upper, weight } = columns;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < lower.length; x++) {
      const left = data[y * cells + lower[x]!]!;
      into.data[y * lower.length + x]! += left + weight[x]! * (data[y * cells + upper[x]!]! - left);
    }
  }
}
