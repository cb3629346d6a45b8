import { sumTo } from "../broadcasting.ts";
import { type Differentiated, float, type Rule, type Rules, text } from "../rule.ts";
import type { Writer } from "../writer.ts";

const SQRT_HALF = Math.SQRT1_2;
const TWO_BY_SQRT_PI = 2 / Math.sqrt(Math.PI);
const SQRT_2_BY_PI = Math.sqrt(2 / Math.PI);
/** The cubic term of GELU's approximation by tanh. */
const CUBIC = 0.044715;

/** Activations: ∂L/∂x = ∂L/∂y · f′(x). */
export const ACTIVATIONS: Rules = {
  Erf: slope(({ write, number, x }) => write.op("Mul", [number(TWO_BY_SQRT_PI), gaussian(write, x, number(-1))])),
  Tanh: slope(({ write, number, y }) => write.op("Sub", [number(1), write.op("Mul", [y, y])])),
  Sigmoid: slope(({ write, number, y }) => write.op("Mul", [y, write.op("Sub", [number(1), y])])),
  Softplus: slope(({ write, x }) => write.op("Sigmoid", [x])),
  Softsign: slope(({ write, number, x }) => {
    const one = write.op("Add", [number(1), write.op("Abs", [x])]);
    return write.op("Reciprocal", [write.op("Mul", [one, one])]);
  }),
  Relu: slope(({ write, number, x }) => choose(write, x, number(0), number(1), number(0))),
  LeakyRelu: slope(({ node, write, number, x }) => choose(write, x, number(0), number(1), number(float(node, "alpha", 0.01)))),
  Elu: slope(({ node, write, number, x }) => {
    const below = write.op("Mul", [number(float(node, "alpha", 1)), write.op("Exp", [x])]);
    return choose(write, x, number(0), number(1), below);
  }),
  HardSigmoid: slope(({ node, write, number, y }) => inside(write, y, number, float(node, "alpha", 0.2))),
  // x · clip(x / 6 + ½, 0, 1)
  HardSwish: slope(({ write, number, x }) => {
    const linear = write.op("Add", [write.op("Mul", [x, number(1 / 3)]), number(0.5)]);
    const above = choose(write, x, number(-3), linear, number(0));
    return choose(write, x, number(3), number(1), above);
  }),
  Gelu: slope((s) => (text(s.node, "approximate", "none") === "tanh" ? geluTanhSlope(s, s.x) : geluSlope(s, s.x))),
  "com.microsoft::Gelu": slope((s) => geluSlope(s, s.x)),
  "com.microsoft::BiasGelu": biased(geluSlope),
  "com.microsoft::FastGelu": biased(geluTanhSlope),
  // x σ(αx): σ(αx) (1 + αx (1 − σ(αx)))
  "com.microsoft::QuickGelu": slope(({ node, write, number, x }) => {
    const scaled = write.op("Mul", [x, number(float(node, "alpha", 1.702))]);
    const gate = write.op("Sigmoid", [scaled]);
    const rest = write.op("Mul", [scaled, write.op("Sub", [number(1), gate])]);
    return write.op("Mul", [gate, write.op("Add", [number(1), rest])]);
  }),
};

interface Slope extends Pick<Differentiated, "node" | "write" | "y"> {
  readonly x: string;
  /** A constant of the input's type. */
  readonly number: (value: number) => string;
}

function slope(of: (slope: Slope) => string): Rule {
  return ({ node, x: [x], y, g, write }) => [
    () => write.op("Mul", [g, of({ node, write, x: x!, y, number: (value) => write.scalar(value, x!) })]),
  ];
}

/** f(x + bias), where the bias may be left out. */
function biased(of: (slope: Slope, x: string) => string): Rule {
  return ({ node, x: [x = "", bias = ""], y, g, write }) => {
    const sum = () => (bias === "" ? x : write.op("Add", [x, bias]));
    const number = (value: number) => write.scalar(value, x);
    const gradient = () => write.op("Mul", [g, of({ node, write, x, y, number }, sum())]);
    return [gradient, () => sumTo(write, gradient(), bias, y)];
  };
}

/** x Φ(x): Φ(x) + x φ(x), with the normal distribution's Φ and φ. */
function geluSlope({ write, number }: Slope, x: string): string {
  const error = write.op("Erf", [write.op("Mul", [x, number(SQRT_HALF)])]);
  const below = write.op("Mul", [number(0.5), write.op("Add", [number(1), error])]);
  const density = write.op("Mul", [number(SQRT_2_BY_PI / 2), gaussian(write, x, number(-0.5))]);
  return write.op("Add", [below, write.op("Mul", [x, density])]);
}

/** ½x (1 + t), t = tanh(√(2/π) (x + 0.044715 x³)): ½ (1 + t) + ½x (1 − t²) √(2/π) (1 + 3 · 0.044715 x²). */
function geluTanhSlope({ write, number }: Slope, x: string): string {
  const squared = write.op("Mul", [x, x]);
  const polynomial = (factor: number) => write.op("Add", [number(1), write.op("Mul", [number(factor), squared])]);
  const t = write.op("Tanh", [write.op("Mul", [number(SQRT_2_BY_PI), write.op("Mul", [x, polynomial(CUBIC)])])]);
  const steep = write.op("Mul", [write.op("Sub", [number(1), write.op("Mul", [t, t])]), polynomial(3 * CUBIC)]);
  const inner = write.op("Mul", [write.op("Mul", [number(SQRT_2_BY_PI), x]), steep]);
  return write.op("Mul", [number(0.5), write.op("Add", [write.op("Add", [number(1), t]), inner])]);
}

/** exp(factor · x²) */
function gaussian(write: Writer, x: string, factor: string): string {
  return write.op("Exp", [write.op("Mul", [factor, write.op("Mul", [x, x])])]);
}

function choose(write: Writer, x: string, bound: string, above: string, below: string): string {
  return write.op("Where", [write.op("Greater", [x, bound]), above, below]);
}

/** `value` where 0 < y < 1, else 0. */
function inside(write: Writer, y: string, number: Slope["number"], value: number): string {
  const low = choose(write, y, number(0), number(value), number(0));
  return write.op("Where", [write.op("Less", [y, number(1)]), low, number(0)]);
}
