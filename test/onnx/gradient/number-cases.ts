import type { RuleCase } from "./check-rule.ts";
import { binary, type Cases, lastAxis, pair, plain, shape, unary } from "./draw.ts";
import { broadcast, each, erf, gelu, geluTanh, sigmoid } from "./references.ts";

/** Inputs to try the rules of operators that compute number by number on. */
export const NUMBER_CASES: Cases = {
  Add: binary("Add"),
  Sub: binary("Sub"),
  Mul: [binary("Mul"), shape(1).map((size) => ({ inputs: [size], write: (w) => w.op("Mul", ["x0", w.scalar(3)]) }))],
  Div: binary("Div", (a, b) => a / b, [0.5, 2]),
  Pow: [
    binary("Pow", (a, b) => a ** b, [0.5, 2]),
    shape(1).map((size) => power(size, 2)),
    shape(1).map((size) => power(size, 3)),
  ],
  Sum: pair.map((shapes) => plain("Sum", [...shapes, shapes[0]!])),
  Mean: pair.map((shapes) => plain("Mean", [...shapes, shapes[0]!])),
  Max: shape(1, 3).map((size) => plain("Max", [size, size])),
  Min: shape(1, 3).map((size) => plain("Min", [size, size])),
  Where: pair.map((shapes) => ({
    inputs: shapes,
    write: (w) => w.op("Where", [w.op("Greater", ["x0", w.scalar(0)]), "x0", "x1"]),
  })),
  Neg: unary("Neg"),
  Abs: unary("Abs"),
  Exp: unary("Exp", Math.exp),
  Log: unary("Log", Math.log, { range: [0.5, 3] }),
  Sqrt: unary("Sqrt", Math.sqrt, { range: [0.5, 3] }),
  Reciprocal: unary("Reciprocal", (x) => 1 / x, { range: [0.5, 3] }),
  Sin: unary("Sin", Math.sin),
  Cos: unary("Cos", Math.cos),
  Clip: shape(0).map((size) => ({ inputs: [size], write: (w) => w.op("Clip", ["x0", w.scalar(-1), w.scalar(1)]) })),
  Identity: unary("Identity"),
  Dropout: unary("Dropout"),
  Cast: unary("Cast", undefined, {}, { to: 1 }),
  CastLike: shape(0).map((size) => ({ inputs: [size], write: (w) => w.op("CastLike", ["x0", w.scalar(1)]) })),
  Erf: unary("Erf", erf),
  Tanh: unary("Tanh", Math.tanh),
  Sigmoid: unary("Sigmoid", sigmoid),
  Softplus: unary("Softplus", (x) => Math.log1p(Math.exp(x))),
  Softsign: unary("Softsign", (x) => x / (1 + Math.abs(x))),
  Relu: unary("Relu"),
  LeakyRelu: unary("LeakyRelu", undefined, {}, { alpha: 0.125 }),
  Elu: unary("Elu", (x) => (x > 0 ? x : 0.5 * Math.expm1(x)), {}, { alpha: 0.5 }),
  HardSigmoid: unary("HardSigmoid", undefined, { range: [-4, 4] }, { alpha: 0.25 }),
  HardSwish: unary("HardSwish", (x) => x * Math.min(1, Math.max(0, x / 6 + 0.5)), { range: [-5, 5] }),
  Gelu: [unary("Gelu", gelu, { opset: 20 }), unary("Gelu", geluTanh, { opset: 20 }, { approximate: "tanh" })],
  "com.microsoft::Gelu": unary("com.microsoft::Gelu", gelu),
  "com.microsoft::QuickGelu": unary("com.microsoft::QuickGelu", (x) => x * sigmoid(1.702 * x)),
  "com.microsoft::BiasGelu": lastAxis((size, last) => ({
    ...plain("com.microsoft::BiasGelu", [size, [last]]),
    reference: broadcast((x, bias) => gelu(x + bias)),
  })),
  "com.microsoft::FastGelu": [
    shape(1).map((size) => ({ ...plain("com.microsoft::FastGelu", [size]), reference: each(geluTanh) })),
    lastAxis((size, last) => ({
      ...plain("com.microsoft::FastGelu", [size, [last]]),
      reference: broadcast((x, bias) => geluTanh(x + bias)),
    })),
  ],
};

function power(size: readonly number[], exponent: number): RuleCase {
  return { inputs: [size], write: (w) => w.op("Pow", ["x0", w.scalar(exponent)]), reference: each((x) => x ** exponent) };
}
