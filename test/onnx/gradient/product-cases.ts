import fc from "fast-check";
import type { RuleCase } from "./check-rule.ts";
import { type Cases, type Drawn, images, lastAxis, length, ones, plain, shape } from "./draw.ts";
import { normalise, rows, softmax } from "./references.ts";

/** Inputs to try the rules of products, convolutions, pools and norms on. */
export const PRODUCT_CASES: Cases = {
  MatMul: [
    fc.tuple(shape(0, 2), fc.nat(2), length, length, length).map(([batch, drop, m, k, n]) =>
      plain("MatMul", [
        [...batch, m, k],
        [...batch.slice(drop).map((size, i) => (i === 0 ? 1 : size)), k, n],
      ]),
    ),
    shape(2, 4).map((size) => ({ inputs: [size], write: (w) => w.op("MatMul", ["x0", w.weight([size.at(-1)!, 3], 1)]) })),
  ],
  "com.microsoft::FusedMatMul": fc
    .tuple(shape(1, 2), length, length, length, fc.boolean(), fc.boolean())
    .map(([batch, m, k, n, ta, tb]) =>
      plain(
        "com.microsoft::FusedMatMul",
        [
          [...batch, ...(ta ? [k, m] : [m, k])],
          [...batch, ...(tb ? [n, k] : [k, n])],
        ],
        {
          alpha: 0.5,
          transA: ta ? 1 : 0,
          transB: tb ? 1 : 0,
        },
      ),
    ),
  Gemm: fc.tuple(length, length, length, fc.boolean(), fc.boolean()).map(([m, k, n, ta, tb]) =>
    plain("Gemm", [ta ? [k, m] : [m, k], tb ? [n, k] : [k, n], [n]], {
      alpha: 0.5,
      beta: 0.25,
      transA: ta ? 1 : 0,
      transB: tb ? 1 : 0,
    }),
  ),
  Einsum: fc.tuple(length, length, length, length).map(([b, h, i, j]) =>
    plain(
      "Einsum",
      [
        [b, i, h],
        [b, h, j],
      ],
      { equation: "bih,bhj->bji" },
    ),
  ),
  Conv: [
    images.map(({ n, c, h, w }) => ({
      inputs: [[n, 2 * c, h, w]],
      write: (writer) =>
        writer.op("Conv", ["x0", writer.weight([2, c, 3, 2], 1), writer.weight([2], 1)], {
          strides: [2, 3],
          pads: [1, 0, 2, 1],
          group: 2,
        }),
    })),
    images.map(({ n, c, h, w }) => ({
      inputs: [[n, c, h, w]],
      write: (writer) => writer.op("Conv", ["x0", writer.weight([3, c, 2, 2], 1)], { strides: [2, 2] }),
    })),
    images.map(({ n, c, h, w }) => ({
      inputs: [[n, c, h, w]],
      write: (writer) => writer.op("Conv", ["x0", writer.weight([1, c, 2, 2], 1)], { dilations: [2, 2], auto_pad: "VALID" }),
    })),
  ],
  AveragePool: [
    images.map(({ n, c, h, w }) =>
      plain("AveragePool", [[n, c, h, w]], { kernel_shape: [3, 3], strides: [1, 2], pads: [1, 1, 1, 1] }),
    ),
    images.map(({ n, c, h, w }) =>
      plain("AveragePool", [[n, c, h, w]], { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 1, 0, 1], count_include_pad: 1 }),
    ),
  ],
  MaxPool: [
    images.map(({ c, h, w }) => plain("MaxPool", [[1, c, h, w]], { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] })),
    images.map(({ c, h, w }) => plain("MaxPool", [[1, c, h, w]], { kernel_shape: [2, 2], strides: [2, 2] })),
  ],
  GlobalAveragePool: images.map(({ n, c, h, w }) => plain("GlobalAveragePool", [[n, c, h, w]])),
  Resize: fc
    .tuple(
      images,
      fc.constantFrom("linear", "nearest", "cubic"),
      fc.constantFrom("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"),
      fc.boolean(),
    )
    .map(([{ n, c, h, w }, mode, coordinate_transformation_mode, scaled]) => ({
      inputs: [[n, c, h, w]],
      write: (writer) => {
        const to = scaled ? ["", writer.constant([4], Float32Array.of(1, 1, 1.5, 0.75))] : ["", "", writer.vector([n, c, 3, 9])];
        return writer.op("Resize", ["x0", ...to], { mode, coordinate_transformation_mode });
      },
    })),
  Softmax: [
    lastAxis((size, last) => ({ ...plain("Softmax", [size]), reference: rows(last, softmax) })),
    fc
      .tuple(length, length)
      .map(([m, n]) => ({ ...plain("Softmax", [[1, m * n, 1]], { axis: 1 }), reference: rows(m * n, softmax) })),
  ],
  LogSoftmax: lastAxis((size, last) => ({
    ...plain("LogSoftmax", [size]),
    reference: rows(last, (row) => softmax(row).map(Math.log)),
  })),
  LayerNormalization: [
    lastAxis((size, last) => ({ ...norm(size, last, "LayerNormalization"), reference: weighted(last, true) })),
    fc.tuple(length, length, length).map(([a, b, c]) => ({
      inputs: [[a, b, c]],
      write: (w) => w.op("LayerNormalization", ["x0", w.constant([b, c], ones(b * c))], { axis: 1, epsilon: 0.1 }),
      reference: rows(b * c, (row) => normalise(row, 0.1)),
    })),
  ],
  RMSNormalization: lastAxis((size, last) => ({
    inputs: [size],
    write: (w) => w.op("RMSNormalization", ["x0", w.constant([last], scales(last))], { axis: -1, epsilon: 0.1 }),
    reference: weighted(last, false),
    opset: 23,
  })),
  SimplifiedLayerNormalization: lastAxis((size, last) => ({
    inputs: [size],
    write: (w) => w.op("SimplifiedLayerNormalization", ["x0", w.constant([last], scales(last))], { axis: -1, epsilon: 0.1 }),
    reference: weighted(last, false),
  })),
  "com.microsoft::SkipLayerNormalization": skipped("SkipLayerNormalization", true),
  "com.microsoft::SkipSimplifiedLayerNormalization": skipped("SkipSimplifiedLayerNormalization", false),
  InstanceNormalization: images.map(({ n, h, w }) => ({
    inputs: [[n, 2, h, w]],
    write: (writer) =>
      writer.op("InstanceNormalization", ["x0", writer.constant([2], ones(2)), writer.constant([2], ones(2))], { epsilon: 0.1 }),
    reference: rows(h * w, (row) => normalise(row, 0.1)),
  })),
  BatchNormalization: images.map(({ n, h, w }) => ({
    inputs: [[n, 2, h, w]],
    write: (writer) => {
      const [scale, shift, mean, variance] = [
        writer.weight([2], 1),
        writer.weight([2], 1),
        writer.weight([2], 1),
        writer.weight([2], 0.1, 1),
      ];
      return writer.op("BatchNormalization", ["x0", scale, shift, mean, variance]);
    },
  })),
};

const scales = (n: number) => Float32Array.from({ length: n }, (_, i) => 0.5 + i);

function norm(size: readonly number[], last: number, operator: string): RuleCase {
  return {
    inputs: [size],
    write: (w) => w.op(operator, ["x0", w.constant([last], scales(last)), w.weight([last])], { epsilon: 0.1 }),
  };
}

function weighted(last: number, centred: boolean) {
  return rows(last, (row) => normalise(row, 0.1, centred).map((x, i) => x * scales(last)[i]!));
}

/** A norm of a sum, and that sum, multiplied so that both outputs have gradients. */
function skipped(operator: string, centred: boolean): Drawn {
  return fc.tuple(length, length, length).map(([a, b, last]) => ({
    inputs: [
      [a, b, last],
      [a, b, last],
    ],
    write: (w) => {
      const weights = [w.constant([last], scales(last)), ...(centred ? [w.constant([last], new Float32Array(last))] : [])];
      const [y, , , total] = w.ops(operator, ["x0", "x1", ...weights], 4, { epsilon: 0.1 }, "com.microsoft");
      return w.op("Add", [y!, total!]);
    },
    reference: (x, skip) => {
      const total = { shape: x.shape, data: x.data.map((value, i) => value + skip.data[i]!) };
      const normed = weighted(last, centred)(total);
      return total.data.map((value, i) => value + normed[i]!);
    },
  }));
}
