import { integer, integers } from "../../graph.ts";
import type { Differentiated, Rule, Rules } from "../rule.ts";

export const REDUCTIONS: Rules = {
  ReduceSum: reduction(({ g }) => g),
  ReduceMean: reduction(({ g, x, y, write }) => {
    const count = write.op("Div", [write.op("Size", [x]), write.op("Size", [y])]);
    return write.op("Div", [g, write.castLike(count, x)]);
  }),
  ReduceSumSquare: reduction(({ g, x, write }) => write.op("Mul", [g, write.op("Mul", [write.scalar(2, x), x])])),
  ReduceL1: reduction(({ g, x, write }) => write.op("Mul", [g, write.op("Sign", [x])])),
  // x / ‖x‖; 0 where all numbers are 0.
  ReduceL2: reduction(({ g, x, y, write }) => {
    const zero = write.op("Equal", [y, write.scalar(0, x)]);
    return write.op("Mul", [x, write.op("Div", [g, write.op("Where", [zero, write.scalar(1, x), y])])]);
  }),
  ReduceLogSumExp: reduction(({ g, x, y, write }) => write.op("Mul", [g, write.op("Exp", [write.op("Sub", [x, y])])])),
  ReduceMax: extremum,
  ReduceMin: extremum,
  GlobalAveragePool: ({ x: [x], y, g, write }) => [
    () => {
      const count = write.op("Div", [write.op("Size", [x!]), write.op("Size", [y])]);
      return write.op("Expand", [write.op("Div", [g, write.castLike(count, x!)]), write.shape(x!)]);
    },
  ],
};

interface Reduced extends Pick<Differentiated, "write"> {
  readonly x: string;
  /** Output and gradient with the axes that were reduced, of length 1. */
  readonly y: string;
  readonly g: string;
}

/** A rule of what is written for axes that were kept, spread over the input's shape. */
function reduction(gradient: (reduced: Reduced) => string): Rule {
  return (differentiated) => {
    const { x, write } = differentiated;
    return [() => write.op("Expand", [gradient(kept(differentiated)), write.shape(x[0]!)])];
  };
}

/** Equal largest (smallest) numbers share the gradient, as in torch. */
function extremum(differentiated: Differentiated) {
  const { node, x, write } = differentiated;
  return [
    () => {
      const { y, g } = kept(differentiated);
      const chosen = write.castLike(write.op("Equal", [x[0]!, y]), x[0]!);
      const axes = axesOf(node, x, write);
      const count = write.op("ReduceSum", axes === undefined ? [chosen] : [chosen, axes], { keepdims: 1 });
      return write.op("Mul", [chosen, write.op("Div", [g, count])]);
    },
  ];
}

function kept({ node, x, y, g, write }: Differentiated): Reduced {
  const axes = axesOf(node, x, write);
  // Over all axes, the result is one number, which spreads as it is.
  const restored = (tensor: string) =>
    integer(node, "keepdims") === 0 && axes !== undefined ? write.op("Unsqueeze", [tensor, axes]) : tensor;
  return { write, x: x[0]!, y: restored(y), g: restored(g) };
}

/** The axes reduced: an attribute, or in newer operator sets an input; undefined for all. */
function axesOf(node: Differentiated["node"], x: readonly string[], write: Differentiated["write"]): string | undefined {
  const attribute = integers(node, "axes");
  if (attribute) return write.integers(attribute);
  return x[1] === undefined || x[1] === "" ? undefined : x[1];
}
