import { broadcasting } from "../broadcasting.ts";
import type { Differentiated, Rule, Rules } from "../rule.ts";

/** Operators that compute number by number; where there are several inputs, they broadcast. */
export const ARITHMETIC: Rules = {
  Add: broadcasting(({ g }) => [() => g, () => g]),
  Sub: broadcasting(({ g, write }) => [() => g, () => write.op("Neg", [g])]),
  Mul: broadcasting(({ x, g, write }) => [() => write.op("Mul", [g, x[1]!]), () => write.op("Mul", [g, x[0]!])]),
  Div: broadcasting(({ x, y, g, write }) => [
    () => write.op("Div", [g, x[1]!]),
    () => write.op("Neg", [write.op("Div", [write.op("Mul", [g, y]), x[1]!])]),
  ]),
  Pow: broadcasting(power),
  Sum: broadcasting(({ x, g }) => x.map(() => () => g)),
  Mean: broadcasting(({ x, g, write }) => x.map((each) => () => write.op("Div", [g, write.scalar(x.length, each)]))),
  Max: broadcasting(extremum),
  Min: broadcasting(extremum),
  Where: broadcasting(({ x, g, write }) => [
    undefined,
    () => write.op("Where", [x[0]!, g, write.scalar(0, x[1]!)]),
    () => write.op("Where", [x[0]!, write.scalar(0, x[2]!), g]),
  ]),
  Neg: unary(({ g, write }) => write.op("Neg", [g])),
  Abs: unary(({ x, g, write }) => write.op("Mul", [g, write.op("Sign", [x[0]!])])),
  Exp: unary(({ y, g, write }) => write.op("Mul", [g, y])),
  Log: unary(({ x, g, write }) => write.op("Div", [g, x[0]!])),
  Sqrt: unary(({ x, y, g, write }) => write.op("Div", [write.op("Mul", [g, write.scalar(0.5, x[0]!)]), y])),
  Reciprocal: unary(({ y, g, write }) => write.op("Neg", [write.op("Mul", [g, write.op("Mul", [y, y])])])),
  Sin: unary(({ x, g, write }) => write.op("Mul", [g, write.op("Cos", [x[0]!])])),
  Cos: unary(({ x, g, write }) => write.op("Neg", [write.op("Mul", [g, write.op("Sin", [x[0]!])])])),
  Clip: clip,
  Identity: unary(({ g }) => g),
  Dropout: unary(({ g }) => g),
  Cast: unary(({ x, g, write }) => write.castLike(g, x[0]!)),
  CastLike: unary(({ x, g, write }) => write.castLike(g, x[0]!)),
};

function unary(gradient: (differentiated: Differentiated) => string): Rule {
  return (differentiated) => [() => gradient(differentiated)];
}

/** ∂xᵉ/∂x = e xᵉ⁻¹, ∂xᵉ/∂e = xᵉ ln x; an exponent may be of another type than its base. */
function power({ x: [base, exponent], y, g, write }: Differentiated) {
  const toBase = () => {
    const e = write.castLike(exponent!, base!);
    const less = write.op("Pow", [base!, write.op("Sub", [e, write.scalar(1, base!)])]);
    return write.op("Mul", [g, write.op("Mul", [e, less])]);
  };
  return [toBase, () => write.castLike(write.op("Mul", [g, write.op("Mul", [y, write.op("Log", [base!])])]), exponent!)];
}

/** Equal largest (smallest) numbers share the gradient, as in torch. */
function extremum({ x, y, g, write }: Differentiated) {
  const chosen = () => x.map((each) => write.castLike(write.op("Equal", [each, y]), each));
  return x.map((_, i) => () => {
    const all = chosen();
    return write.op("Mul", [g, write.op("Div", [all[i]!, write.op("Sum", all)])]);
  });
}

/** Numbers inside of the bounds and on them pass the gradient on. */
function clip({ x: [value, low = "", high = ""], g, write }: Differentiated) {
  return [
    () => {
      const zero = write.scalar(0, value!);
      const above = low === "" ? g : write.op("Where", [write.op("GreaterOrEqual", [value!, low]), g, zero]);
      return high === "" ? above : write.op("Where", [write.op("LessOrEqual", [value!, high]), above, zero]);
    },
  ];
}
