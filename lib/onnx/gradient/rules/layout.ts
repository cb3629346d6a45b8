import { integer, integers } from "../../graph.ts";
import { sumTo } from "../broadcasting.ts";
import { copied, type Differentiated, notDifferentiable, type Rule, type Rules, text } from "../rule.ts";

const reshaped: Rule = ({ x, g, write }) => [() => write.op("Reshape", [g, write.shape(x[0]!)])];

/** Operators that put numbers elsewhere. */
export const LAYOUT: Rules = {
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose: ({ node, g, write }) => [
    () => {
      const perm = integers(node, "perm");
      return write.op("Transpose", [g], perm ? { perm: perm.map((_, axis) => perm.indexOf(axis)) } : {});
    },
  ],
  Expand: ({ x, y, g, write }) => [() => sumTo(write, g, x[0]!, y)],
  Tile: ({ x, g, write }) => [() => untile(write, g, x[0]!, x[1]!)],
  Concat: concat,
  Split: split,
  // With its amounts negated, Pad cuts off what it padded, and pads what it cut off.
  Pad: ({ node, x, g, write }) => {
    if (text(node, "mode", "constant") !== "constant") throw notDifferentiable(node, "it pads with the input's own numbers");
    const axes = x[3] === undefined ? [] : ["", x[3]];
    return [() => write.op("Pad", [g, write.op("Neg", [x[1]!]), ...axes])];
  },
  SpaceToDepth: ({ node, g, write }) => [() => write.op("DepthToSpace", [g], copied(node, ["blocksize"]))],
  DepthToSpace: ({ node, g, write }) => {
    if (text(node, "mode", "DCR") !== "DCR") throw notDifferentiable(node, "there is no rule for the mode CRD");
    return [() => write.op("SpaceToDepth", [g], copied(node, ["blocksize"]))];
  },
  CumSum: ({ node, x, g, write }) => [
    () => write.op("CumSum", [g, x[1]!], { ...copied(node, ["exclusive"]), reverse: 1 - (integer(node, "reverse") ?? 0) }),
  ],
};

/** [r₀ d₀, r₁ d₁, …] as [r₀, d₀, r₁, d₁, …], summed over the repetitions rᵢ. */
function untile(write: Differentiated["write"], g: string, x: string, repeats: string): string {
  const pair = (vector: string) => write.op("Unsqueeze", [vector, write.integers([1])]);
  const pairs = write.op("Concat", [pair(repeats), pair(write.shape(x))], { axis: 1 });
  const apart = write.op("Reshape", [g, write.op("Reshape", [pairs, write.integers([-1])])]);
  const scalar = (vector: string) => write.op("Squeeze", [vector, write.integers([0])]);
  const end = write.op("Mul", [write.rank(x), write.integers([2])]);
  const axes = write.op("Range", [write.integers([0]), end, write.integers([2])].map(scalar));
  return write.op("ReduceSum", [apart, axes], { keepdims: 0 });
}

function concat({ node, x, g, write }: Differentiated) {
  const axis = integer(node, "axis")!;
  let parts: string[] | undefined;
  // Written once for all inputs.
  const pieces = () => {
    const lengths = x.map((each) => write.op("Gather", [write.shape(each), write.integers([axis])], { axis: 0 }));
    parts ??= write.ops("Split", [g, write.op("Concat", lengths, { axis: 0 })], x.length, { axis });
    return parts;
  };
  return x.map((_, i) => () => (x.length === 1 ? g : pieces()[i]!));
}

function split({ node, x, gradients, write }: Differentiated) {
  const axis = integer(node, "axis") ?? 0;
  return [
    () => {
      const parts = node.output.map((part, i) => gradients[i] ?? write.filled(0, write.shape(part), x[0]!));
      return parts.length === 1 ? parts[0]! : write.op("Concat", parts, { axis });
    },
  ];
}
