import { integer } from "../../onnx/graph.ts";
import { type Differentiated, float, type Rule, type Rules } from "../../onnx/gradient/rule.ts";
import { RULES } from "../../onnx/gradient/rules.ts";

/**
 * AttnLRP (Achtibat et al., ICML 2024) as changed gradients G, whose product with the input is the relevance: linear maps by the ε rule
 * with ε = 0, which is the gradient; a product of two tensors that depend on the image gives each half; a softmax is differentiated as
 * it is; an activation passes on f(x) / x; a norm's deviation counts as a constant.
 */
export const ATTN_LRP: Rules = {
  ...RULES,
  MatMul: halved("MatMul"),
  "com.microsoft::FusedMatMul": halved("com.microsoft::FusedMatMul"),
  Einsum: halved("Einsum"),
  Mul: halved("Mul"),
  ...Object.fromEntries(
    "Gelu Relu Elu LeakyRelu HardSwish Tanh com.microsoft::Gelu com.microsoft::QuickGelu"
      .split(" ")
      .map((operator) => [operator, proportional]),
  ),
  LayerNormalization: constantDeviation,
};

function halved(operator: string): Rule {
  return (d) => {
    const pulls = (RULES[operator] as Rule)(d);
    const isShared = d.needs(0) && d.needs(1);
    return pulls.map(
      (pull, i) => pull && (() => (isShared ? d.write.op("Mul", [pull(), d.write.scalar(0.5, d.x[i]!)]) : pull())),
    );
  };
}

/** G_x = G_y f(x) / x; the slope at 0. */
function proportional(d: Differentiated): readonly (() => string)[] {
  const { x, y, g, node, write } = d;
  const [input] = x as [string];
  return [
    () => {
      const isZero = write.op("Less", [write.op("Abs", [input]), write.scalar(1e-6, input)]);
      const safe = write.op("Where", [isZero, write.scalar(1, input), input]);
      const slope = (RULES[node.domain ? `${node.domain}::${node.opType}` : node.opType] as Rule)(d)[0]!;
      return write.op("Where", [isZero, slope(), write.op("Mul", [g, write.op("Div", [y, safe])])]);
    },
  ];
}

/** y = (x − mean) / σ · scale + shift with σ a constant: G_x = (h − mean(h)) / σ, h = G_y scale. Of the last axis alone. */
function constantDeviation(d: Differentiated): readonly (() => string)[] {
  const { node, x, g, write } = d;
  if ((integer(node, "axis") ?? -1) !== -1) return (RULES["LayerNormalization"] as Rule)(d) as readonly (() => string)[];
  const [input, scale] = x as [string, string];
  return [
    () => {
      const axes = write.integers([-1]);
      const length = write.castLike(write.op("Gather", [write.shape(input), axes], { axis: 0 }), input);
      const mean = (tensor: string) => write.op("Div", [write.op("ReduceSum", [tensor, axes], { keepdims: 1 }), length]);
      const difference = write.op("Sub", [input, mean(input)]);
      const variance = mean(write.op("Mul", [difference, difference]));
      const epsilon = write.scalar(float(node, "epsilon", 1e-5), input);
      const h = write.op("Mul", [g, scale]);
      return write.op("Div", [write.op("Sub", [h, mean(h)]), write.op("Sqrt", [write.op("Add", [variance, epsilon])])]);
    },
  ];
}
