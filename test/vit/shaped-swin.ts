import type { OnnxModel } from "../../lib/onnx/model.ts";
import { GraphWriter } from "./graph-writer.ts";
import { layerNorm, linear, mlp } from "./shaped-models.ts";
import type { Shape } from "./shaped-models.ts";

/** The shape of a Swin Transformer (Liu et al. 2021). */
export interface SwinShape {
  readonly size: number;
  readonly patch: number;
  /** Of the first stage; every stage after it has twice the one before. */
  readonly width: number;
  readonly depths: readonly number[];
  readonly heads: readonly number[];
  readonly window: number;
  readonly classes: number;
  readonly norm?: Shape["norm"];
  /** By how much a stage is wider than the one before, 2 where it is left out. */
  readonly widthFactor?: 1 | 2;
}

export const swinB: SwinShape = {
  size: 224,
  patch: 4,
  width: 128,
  depths: [2, 2, 18, 2],
  heads: [4, 8, 16, 32],
  window: 7,
  classes: 1000,
};
/** The same with few numbers. */
export const swinSmall: SwinShape = { size: 32, patch: 2, width: 12, depths: [1, 2, 1], heads: [2, 2, 4], window: 4, classes: 5 };

/** Where a block works: rows and columns of tokens, their width, the window, by how much it is shifted. */
interface Place {
  readonly side: number;
  readonly width: number;
  readonly heads: number;
  readonly window: number;
  readonly shift: number;
}

/** A model of a Swin Transformer's shape, [B,h,w,D] inside, with seeded random weights. */
export function shapedSwin(shape: SwinShape, seed = 1): OnnxModel {
  const write = new GraphWriter(seed);
  const { size, patch, depths, heads, classes } = shape;
  const kernel = write.weight([shape.width, 3, patch, patch], 0.1);
  const cut = write.op("Conv", ["image", kernel], { strides: [patch, patch], kernel_shape: [patch, patch] });
  let x = norm(write, shape, write.op("Transpose", [cut], { perm: [0, 2, 3, 1] }), shape.width);
  let side = size / patch;
  let { width } = shape;
  for (const [stage, depth] of depths.entries()) {
    if (stage > 0) {
      const wider = (shape.widthFactor ?? 2) * width;
      x = merge(write, shape, x, width, wider);
      [side, width] = [side / 2, wider];
    }
    for (let block = 0; block < depth; block++) {
      const shift = block % 2 === 1 && side > shape.window ? Math.floor(shape.window / 2) : 0;
      const place = { side, width, heads: heads[stage]!, window: shape.window, shift };
      x = write.op("Add", [x, windowAttention(write, place, norm(write, shape, x, width))]);
      x = write.op("Add", [x, mlp(write, width, norm(write, shape, x, width))]);
    }
  }
  const pooled = write.op("ReduceMean", [norm(write, shape, x, width)], { axes: [1, 2], keepdims: 0 });
  const logits = write.op("Gemm", [pooled, write.weight([width, classes], 0.1), write.weight([classes])]);
  return write.model(logits, { size, classes, batch: "batch", opset: 17 });
}

function norm(write: GraphWriter, { norm: form }: SwinShape, x: string, width: number): string {
  return layerNorm(write, x, write.weight([width], 0.1, 1), write.weight([width], 0.1), form);
}

/** Four neighbours become one token, of twice the width in Swin itself. */
function merge(write: GraphWriter, shape: SwinShape, x: string, width: number, wider: number): string {
  const every = (row: number, column: number) =>
    write.op("Slice", [x, write.vector([row, column]), write.vector([999, 999]), write.vector([1, 2]), write.vector([2, 2])]);
  const four = write.op("Concat", [every(0, 0), every(1, 0), every(0, 1), every(1, 1)], { axis: -1 });
  return write.op("MatMul", [norm(write, shape, four, 4 * width), write.weight([4 * width, wider], 0.05)]);
}

function windowAttention(write: GraphWriter, place: Place, x: string): string {
  const { side, width, heads, window, shift } = place;
  const [across, area] = [side / window, window * window];
  const reshape = (tensor: string, shape: number[]) => write.op("Reshape", [tensor, write.vector(shape)]);
  const swap = (tensor: string) => write.op("Transpose", [tensor], { perm: [0, 1, 3, 2, 4, 5] });
  const rolled = roll(write, x, shift);
  const windows = reshape(swap(reshape(rolled, [-1, across, window, across, window, width])), [-1, area, width]);
  const split = (tensor: string, perm: number[]) =>
    write.op("Transpose", [reshape(tensor, [0, 0, heads, width / heads])], { perm });
  const project = () => linear(write, windows, width, width);
  const [query, key, value] = [project(), project(), project()];
  const scaled = write.op("Mul", [split(query, [0, 2, 1, 3]), write.scalar(Math.sqrt(heads / width))]);
  const products = write.op("MatMul", [scaled, split(key, [0, 2, 3, 1])]);
  let scores = write.op("Add", [products, write.weight([1, heads, area, area], 0.5)]);
  if (shift > 0) {
    const apart = write.op("Add", [reshape(scores, [-1, across * across, heads, area, area]), mask(write, place)]);
    scores = reshape(apart, [-1, heads, area, area]);
  }
  const mixed = write.op("MatMul", [write.op("Softmax", [scores], { axis: -1 }), split(value, [0, 2, 1, 3])]);
  const joined = reshape(write.op("Transpose", [mixed], { perm: [0, 2, 1, 3] }), [0, 0, width]);
  const projected = linear(write, joined, width, width);
  const placed = reshape(swap(reshape(projected, [-1, across, across, window, window, width])), [-1, side, side, width]);
  return roll(write, placed, -shift);
}

/** Rows and columns moved up and left, what falls out coming in at the other side. */
function roll(write: GraphWriter, x: string, by: number): string {
  if (by === 0) return x;
  return [1, 2].reduce((tensor, axis) => {
    const slice = (from: number, to: number) =>
      write.op("Slice", [tensor, write.vector([from]), write.vector([to]), write.vector([axis])]);
    return write.op("Concat", [slice(by, 9999), slice(0, by)], { axis });
  }, x);
}

/** −100 between tokens that only the roll has made neighbours, [1, windows, 1, area, area]. */
function mask(write: GraphWriter, { side, window, shift }: Place): string {
  const across = side / window;
  const area = window * window;
  const zone = (at: number) => Number(at >= side - window) + Number(at >= side - shift);
  const region = (w: number, token: number) =>
    3 * zone(Math.floor(w / across) * window + Math.floor(token / window)) + zone((w % across) * window + (token % window));
  const data = new Float32Array(across * across * area * area);
  data.forEach((_, i) => {
    const [w, a, b] = [Math.floor(i / (area * area)), Math.floor(i / area) % area, i % area];
    data[i] = region(w, a) === region(w, b) ? 0 : -100;
  });
  return write.constant([1, across * across, 1, area, area], data);
}
