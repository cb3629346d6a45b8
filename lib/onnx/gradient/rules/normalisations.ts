import { integer } from "../../graph.ts";
import { sumTo } from "../broadcasting.ts";
import { copied, type Differentiated, float, notDifferentiable, type Rules, SKIP_EPSILON } from "../rule.ts";
import type { Writer } from "../writer.ts";

export const NORMALISATIONS: Rules = {
  Softmax: ({ node, y, g, write }) => [
    () => {
      // y (g − Σ g y)
      const sum = sumOver(write, write.op("Mul", [g, y]), write.integers([integer(node, "axis") ?? -1]));
      return write.op("Mul", [y, write.op("Sub", [g, sum])]);
    },
  ],
  LogSoftmax: ({ node, y, g, write }) => [
    () => {
      const sum = sumOver(write, g, write.integers([integer(node, "axis") ?? -1]));
      return write.op("Sub", [g, write.op("Mul", [write.op("Exp", [y]), sum])]);
    },
  ],
  LayerNormalization: (d) => [() => layerNormalised(d) ?? normalised(d, d.x[0]!, scaled(d, d.x[1]!), layerAxes(d), true)],
  RMSNormalization: (d) => [() => normalised(d, d.x[0]!, scaled(d, d.x[1]!), layerAxes(d), false)],
  SimplifiedLayerNormalization: (d) => [() => normalised(d, d.x[0]!, scaled(d, d.x[1]!), layerAxes(d), false)],
  "com.microsoft::SkipLayerNormalization": (d) => skip(d, true),
  "com.microsoft::SkipSimplifiedLayerNormalization": (d) => skip(d, false),
  InstanceNormalization: (d) => [
    () => normalised(d, d.x[0]!, scaled(d, channelwise(d, d.x[1]!)), axesFrom(d.write, d.x[0]!, 2), true),
  ],
  // In inference, mean and variance are weights.
  BatchNormalization: (d) => [
    () => {
      const { node, x, g, write } = d;
      const deviation = write.op("Sqrt", [write.op("Add", [x[4]!, write.scalar(float(node, "epsilon", 1e-5), x[4]!)])]);
      return write.op("Mul", [g, channelwise(d, write.castLike(write.op("Div", [x[1]!, deviation]), x[0]!))]);
    },
  ],
};

function sumOver(write: Writer, tensor: string, axes: string): string {
  return write.op("ReduceSum", [tensor, axes], { keepdims: 1 });
}

function scaled({ g, write }: Differentiated, scale: string): string {
  return write.op("Mul", [g, scale]);
}

/** A weight a channel as [C, 1, …], to broadcast over [N, C, …]. */
function channelwise({ x, write }: Differentiated, weight: string): string {
  const ones = write.op("Expand", [write.integers([1]), write.op("Sub", [write.rank(x[0]!), write.integers([2])])]);
  return write.op("Reshape", [weight, write.op("Concat", [write.integers([-1]), ones], { axis: 0 })]);
}

/** The axes from one to the last. */
function axesFrom(write: Writer, x: string, first: number): string {
  const scalar = (vector: string) => write.op("Squeeze", [vector, write.integers([0])]);
  return write.op("Range", [first, 1].map((value) => scalar(write.integers([value]))).toSpliced(1, 0, scalar(write.rank(x))));
}

/** The axes over which a layer norm is taken: from `axis` to the last. */
function layerAxes({ node, x, write }: Differentiated): string {
  const axis = integer(node, "axis") ?? -1;
  return axis < 0 ? write.integers(Array.from({ length: -axis }, (_, i) => i + axis)) : axesFrom(write, x[0]!, axis);
}

/**
 * y = x̂ · scale + shift with x̂ = (x − mean) / σ, σ = √(variance + ε). With h = ∂L/∂x̂ and means over the axes of the norm,
 *
 *     ∂L/∂x = (h − mean(h) − x̂ mean(h x̂)) / σ
 *
 * An RMS norm takes no mean off x, and none off h: σ = √(mean(x²) + ε).
 */
function normalised({ node, write }: Differentiated, x: string, h: string, axes: string, centred: boolean): string {
  const first = sumOver(write, x, axes);
  const count = write.castLike(write.op("Div", [write.op("Size", [x]), write.op("Size", [first])]), node.input[0]!);
  const mean = (tensor: string) => write.op("Div", [sumOver(write, tensor, axes), count]);
  const difference = centred ? write.op("Sub", [x, write.op("Div", [first, count])]) : x;
  const standard = node.opType.startsWith("Skip") ? SKIP_EPSILON : 1e-5;
  const epsilon = write.scalar(float(node, "epsilon", standard), node.input[0]!);
  const variance = write.op("Add", [mean(write.op("Mul", [difference, difference])), epsilon]);
  const inverse = write.op("Reciprocal", [write.op("Sqrt", [variance])]);
  const unit = write.op("Mul", [difference, inverse]);
  const along = write.op("Mul", [unit, mean(write.op("Mul", [h, unit]))]);
  const across = centred ? write.op("Sub", [h, mean(h)]) : h;
  return write.op("Mul", [write.op("Sub", [across, along]), inverse]);
}

/**
 * The same in few nodes: the operator itself with a scale of 1 gives x̂, and 1 / σ as its third output. Undefined where the scale's shape
 * or the axes are not written in the file, or numbers are not float32, as 1 / σ always is.
 */
function layerNormalised(d: Differentiated): string | undefined {
  const { node, x, graph, write } = d;
  const shape = graph.weightShape(x[1]!);
  const rank = write.shapeOf(x[0]!)?.length;
  const axis = integer(node, "axis") ?? -1;
  if (!shape || (axis >= 0 && rank === undefined) || !write.isFloat32(x[0]!)) return undefined;
  const count = axis < 0 ? -axis : rank! - axis;
  const axes = Array.from({ length: count }, (_, i) => i - count);
  const ones = write.floats(shape, new Float32Array(shape.reduce((product, length) => product * length, 1)).fill(1));
  const [unit, , inverse] = write.ops("LayerNormalization", [x[0]!, ones], 3, copied(node, ["axis", "epsilon"]));
  const h = scaled(d, x[1]!);
  const along = write.op("Mul", [unit!, write.mean(write.op("Mul", [h, unit!]), axes)]);
  return write.op("Mul", [write.op("Sub", [write.op("Sub", [h, write.mean(h, axes)]), along]), inverse!]);
}

/** A norm of input + skip + bias, which also puts out that sum as its fourth output. */
function skip(d: Differentiated, centred: boolean) {
  const { node, x, write, gradients } = d;
  if (gradients[1] ?? gradients[2]) throw notDifferentiable(node, "its mean or deviation is used");
  const bias = x[centred ? 4 : 3] ?? "";
  const gradient = () => {
    const sum = write.op("Add", [x[0]!, x[1]!]);
    const all = bias === "" ? sum : write.op("Add", [sum, bias]);
    const h = gradients[0] && write.op("Mul", [gradients[0], x[2]!]);
    const norm = h && normalised(d, all, h, write.integers([-1]), centred);
    return [norm, gradients[3]].filter((part) => part !== undefined).reduce((a, b) => write.op("Add", [a, b]));
  };
  return [gradient, () => sumTo(write, gradient(), x[1]!, x[0]!)];
}
