import type { OnnxModel } from "../../lib/onnx/model.ts";
import { GraphWriter } from "./graph-writer.ts";
import { layerNorm, linear, mlp } from "./shaped-models.ts";

/** How a model with windows lays its tokens out where its blocks read them. */
export type Layout =
  /** NesT (Zhang et al. 2022): blocks of neighbours, [B, blocks, tokens, D]. */
  | "nest"
  /** torchvision's MaxViT (Tu et al. 2022), its grid attention last: tokens far apart are together, folded into the batch. */
  | "maxvit"
  /** Patches, then the class token. */
  | "class token last"
  /** Patches and class token turned around: from the last to the first. */
  | "reversed"
  /** Patches by what is in them, another order for each image. */
  | "sorted";

const [SIZE, PATCH, WIDTH, HEADS, CLASSES] = [32, 4, 24, 3, 5];
const SIDE = SIZE / PATCH;
const WINDOW = SIDE / 2;
const PATCHES = SIDE * SIDE;

/**
 * A model on 8 × 8 patches, with seeded random weights, whose tokens lie in another order than row by row in the tensor that its last
 * block reads. Its head reads the patches of one corner alone, the last four rows and columns.
 */
export function shapedWindows(layout: Layout, seed = 1): OnnxModel {
  const write = new GraphWriter(seed);
  const kernel = write.weight([WIDTH, 3, PATCH, PATCH], 0.15);
  const cut = write.op("Conv", ["image", kernel], { strides: [PATCH, PATCH], kernel_shape: [PATCH, PATCH] });
  const map = write.op("Transpose", [cut], { perm: [0, 2, 3, 1] });
  const tokens = reshape(write, map, [-1, PATCHES, WIDTH]);
  const placed = write.op("Add", [tokens, write.weight([1, PATCHES, WIDTH], 0.3)]);
  const [there, back, lead] = LAYOUTS[layout](write);
  const blocks = block(write, block(write, there(placed), lead), lead);
  const rows = reshape(write, back(blocks), [-1, SIDE, SIDE, WIDTH]);
  const corner = write.op("Slice", [rows, write.vector([4, 4]), write.vector([8, 8]), write.vector([1, 2])]);
  const pooled = write.op("ReduceMean", [norm(write, corner), write.vector([1, 2])], { keepdims: 0 });
  const logits = write.op("Gemm", [pooled, write.weight([WIDTH, CLASSES], 2), write.weight([CLASSES])]);
  return write.model(logits, { size: SIZE, classes: CLASSES, batch: "batch", opset: 18 });
}

type Step = (tensor: string) => string;

/** From tokens row by row, [B, 64, D], to a layout, and back; its axes before the last. */
const LAYOUTS: Readonly<Record<Layout, (write: GraphWriter) => [there: Step, back: Step, lead: number[]]>> = {
  nest: (write) => {
    const swap = (x: string) => write.op("Transpose", [x], { perm: [0, 1, 3, 2, 4, 5] });
    const cells = [-1, 2, WINDOW, 2, WINDOW, WIDTH];
    return [
      (x) => reshape(write, swap(reshape(write, x, cells)), [-1, 4, WINDOW * WINDOW, WIDTH]),
      (x) => swap(reshape(write, x, [-1, 2, 2, WINDOW, WINDOW, WIDTH])),
      [-1, 4, WINDOW * WINDOW],
    ];
  },
  maxvit: (write) => {
    const swap = (x: string, perm: number[]) => write.op("Transpose", [x], { perm });
    const cells = [-1, WINDOW, 2, WINDOW, 2, WIDTH];
    return [
      (x) => reshape(write, swap(reshape(write, x, cells), [0, 2, 4, 1, 3, 5]), [-1, WINDOW * WINDOW, WIDTH]),
      (x) => swap(reshape(write, x, [-1, 2, 2, WINDOW, WINDOW, WIDTH]), [0, 3, 1, 4, 2, 5]),
      [-1, WINDOW * WINDOW],
    ];
  },
  "class token last": (write) => [
    (x) => write.op("Concat", [x, classToken(write, x)], { axis: 1 }),
    (x) => write.op("Slice", [x, write.vector([0]), write.vector([PATCHES]), write.vector([1])]),
    [-1, PATCHES + 1],
  ],
  sorted: (write) => [
    (x) => {
      const sums = write.op("ReduceSum", [x, write.vector([2])], { keepdims: 0 });
      const [, order] = write.ops("TopK", [sums, write.vector([PATCHES])], 2, { axis: 1 });
      const indices = write.op("Unsqueeze", [order!, write.vector([2])]);
      return write.op("GatherElements", [x, write.op("Expand", [indices, write.vector([1, 1, WIDTH])])], { axis: 1 });
    },
    (x) => x,
    [-1, PATCHES],
  ],
  reversed: (write) => {
    const reverse = (x: string) =>
      write.op("Slice", [x, write.vector([-1]), write.vector([-1000]), write.vector([1]), write.vector([-1])]);
    return [
      (x) => reverse(write.op("Concat", [classToken(write, x), x], { axis: 1 })),
      (x) => write.op("Slice", [reverse(x), write.vector([1]), write.vector([PATCHES + 1]), write.vector([1])]),
      [-1, PATCHES + 1],
    ];
  },
};

function classToken(write: GraphWriter, tokens: string): string {
  const count = write.op("Slice", [write.op("Shape", [tokens]), write.vector([0]), write.vector([1])]);
  const sizes = write.op("Concat", [count, write.vector([1, WIDTH])], { axis: 0 });
  return write.op("Expand", [write.weight([1, 1, WIDTH], 1), sizes]);
}

function reshape(write: GraphWriter, tensor: string, shape: number[]): string {
  return write.op("Reshape", [tensor, write.vector(shape)]);
}

function norm(write: GraphWriter, x: string): string {
  return layerNorm(write, x, write.weight([WIDTH], 0.1, 1), write.weight([WIDTH], 0.1), "fused");
}

/** Attention over the last axis but one of tokens [...lead, D]. */
function block(write: GraphWriter, x: string, lead: readonly number[]): string {
  const normalised = norm(write, x);
  const split = (tensor: string, perm: number[]) =>
    write.op("Transpose", [reshape(write, tensor, [-1, lead.at(-1)!, HEADS, WIDTH / HEADS])], { perm });
  const project = () => linear(write, normalised, WIDTH, WIDTH);
  const [query, key, value] = [project(), project(), project()];
  const products = write.op("MatMul", [split(query, [0, 2, 1, 3]), split(key, [0, 2, 3, 1])]);
  const scaled = write.op("Mul", [products, write.scalar(Math.sqrt(HEADS / WIDTH))]);
  const mixed = write.op("MatMul", [write.op("Softmax", [scaled], { axis: -1 }), split(value, [0, 2, 1, 3])]);
  const joined = reshape(write, write.op("Transpose", [mixed], { perm: [0, 2, 1, 3] }), [...lead, WIDTH]);
  const attended = write.op("Add", [x, linear(write, joined, WIDTH, WIDTH)]);
  return write.op("Add", [attended, mlp(write, WIDTH, norm(write, attended))]);
}
