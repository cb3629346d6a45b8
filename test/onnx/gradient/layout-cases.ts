import fc from "fast-check";
import { type Cases, images, length, pair, plain, reduction, shape } from "./draw.ts";
import { sum } from "./references.ts";

/** Inputs to try the rules of reductions, layouts and indices on. */
export const LAYOUT_CASES: Cases = {
  ReduceSum: [
    fc.tuple(shape(2, 3), fc.boolean()).map(([size, keep]) => ({
      inputs: [size],
      write: (w) => w.op("ReduceSum", ["x0", w.vector([0, -1])], { keepdims: keep ? 1 : 0 }),
    })),
    shape(1, 3).map((size) => plain("ReduceSum", [size], { keepdims: 0 })),
  ],
  ReduceMean: [reduction("ReduceMean"), shape(1, 3).map((size) => plain("ReduceMean", [size]))],
  ReduceSumSquare: reduction("ReduceSumSquare", (row) => sum(row.map((x) => x * x))),
  ReduceL1: reduction("ReduceL1"),
  ReduceL2: reduction("ReduceL2", (row) => Math.hypot(...row)),
  ReduceLogSumExp: reduction("ReduceLogSumExp", (row) => Math.log(sum(row.map(Math.exp)))),
  ReduceMax: reduction("ReduceMax"),
  ReduceMin: reduction("ReduceMin"),
  Reshape: fc
    .tuple(length, length, length)
    .map(([a, b, c]) => ({ inputs: [[a, b, c]], write: (w) => w.op("Reshape", ["x0", w.vector([0, -1])]) })),
  Flatten: shape(2, 4).map((size) => plain("Flatten", [size], { axis: 1 })),
  Squeeze: shape(2, 3).map((size) => ({ inputs: [[...size, 1]], write: (w) => w.op("Squeeze", ["x0", w.vector([-1])]) })),
  Unsqueeze: shape(1, 3).map((size) => ({ inputs: [size], write: (w) => w.op("Unsqueeze", ["x0", w.vector([0, -1])]) })),
  Transpose: [
    fc.tuple(length, length, length).map((size) => plain("Transpose", [size], { perm: [1, 2, 0] })),
    shape(1, 4).map((size) => plain("Transpose", [size])),
  ],
  Expand: pair.map(([left, right]) => ({ inputs: [left!], write: (w) => w.op("Expand", ["x0", w.vector(right!)]) })),
  Tile: fc
    .tuple(length, length, length, length)
    .map(([a, b, m, n]) => ({ inputs: [[a, b]], write: (w) => w.op("Tile", ["x0", w.vector([m, n])]) })),
  Concat: fc.tuple(length, length, length, fc.constantFrom(1, -2)).map(([a, b, c, axis]) =>
    plain(
      "Concat",
      [
        [2, a, 3],
        [2, b, 3],
        [2, c, 3],
      ],
      { axis },
    ),
  ),
  Split: fc.tuple(length, length, length).map(([a, b, c]) => ({
    inputs: [[2, a + b + c]],
    write: (w) => {
      const [first, , third] = w.ops("Split", ["x0", w.vector([a, b, c])], 3, { axis: 1 });
      return w.op("Concat", [third!, first!, third!], { axis: 1 });
    },
  })),
  Pad: fc.tuple(fc.integer({ min: -1, max: 2 }), fc.integer({ min: -1, max: 2 })).map(([begin, end]) => ({
    inputs: [[2, 4]],
    write: (w) => w.op("Pad", ["x0", w.vector([0, begin, 1, end])]),
  })),
  SpaceToDepth: images.map(({ n, c }) => plain("SpaceToDepth", [[n, c, 4, 2]], { blocksize: 2 })),
  DepthToSpace: images.map(({ n, h, w }) => plain("DepthToSpace", [[n, 4, h, w]], { blocksize: 2 })),
  CumSum: shape(2, 3).map((size) => ({ inputs: [size], write: (w) => w.op("CumSum", ["x0", w.vector([1])], { exclusive: 1 }) })),
  Slice: fc
    .constantFrom(
      [
        [0, 1],
        [9, 4],
        [1, 2],
        [2, 1],
      ],
      [
        [-1, 0],
        [-9, 9],
        [2, 1],
        [-2, 3],
      ],
      [
        [1, 2],
        [1, 4],
        [-1, 1],
        [1, 1],
      ],
    )
    .map(([starts, ends, axes, steps]) => ({
      inputs: [[2, 5, 4]],
      write: (w) => w.op("Slice", ["x0", w.vector(starts), w.vector(ends), w.vector(axes), w.vector(steps)]),
    })),
  Gather: [
    fc
      .constantFrom([3, 0, 1], [2], [1, 1, 3, -1])
      .map((indices) => ({ inputs: [[2, 4, 3]], write: (w) => w.op("Gather", ["x0", w.vector(indices)], { axis: 1 }) })),
    length.map((n) => ({ inputs: [[n, 4]], write: (w) => w.op("Gather", ["x0", w.number(-1)], { axis: -1 }) })),
    length.map((n) => ({
      inputs: [[n, 4]],
      write: (w) =>
        w.op("Gather", ["x0", w.op("Cast", [w.constant([2, 2], Float32Array.of(0, 3, 3, 1))], { to: 7 })], { axis: 1 }),
    })),
  ],
  GatherElements: length.map((n) => ({
    inputs: [[n + 1, 2]],
    write: (w) =>
      w.op("GatherElements", ["x0", w.op("Cast", [w.constant([3, 2], Float32Array.of(0, 1, 0, 1, 1, 0))], { to: 7 })]),
  })),
  GatherND: length.map((n) => ({
    inputs: [[n + 1, 2]],
    write: (w) => w.op("GatherND", ["x0", w.op("Cast", [w.constant([3, 1], Float32Array.of(0, 1, 0))], { to: 7 })]),
  })),
  TopK: length.map((n) => ({ inputs: [[2, n + 2]], write: (w) => w.ops("TopK", ["x0", w.vector([2])], 2)[0]! })),
  ScatterND: length.map((n) => ({
    inputs: [
      [n + 2, 2],
      [2, 2],
    ],
    write: (w) => w.op("ScatterND", ["x0", w.op("Cast", [w.constant([2, 1], Float32Array.of(2, 0))], { to: 7 }), "x1"]),
  })),
  ScatterElements: length.map((n) => ({
    inputs: [
      [n + 2, 2],
      [1, 2],
    ],
    write: (w) => w.op("ScatterElements", ["x0", w.op("Cast", [w.constant([1, 2], Float32Array.of(2, 0))], { to: 7 }), "x1"]),
  })),
};
