import type { Graph } from "../../onnx/graph.ts";
import { integer, integers } from "../../onnx/graph.ts";
import type { OnnxNode } from "../../onnx/model.ts";
import { sumTo } from "../../onnx/gradient/broadcasting.ts";
import { type Differentiated, notDifferentiable, type Rule, type Rules } from "../../onnx/gradient/rule.ts";
import { RULES } from "../../onnx/gradient/rules.ts";
import type { Writer } from "../../onnx/gradient/writer.ts";

/**
 * Rules that pass on relevance R in the place of gradients. Those of Chefer, Gur and Wolf (CVPR 2021), in the authors' code: layer-wise
 * relevance propagation with α = 1, whose norms, softmax and activations pass relevance on as it is. Of one image a pass, since a sum's
 * relevance is shared by the whole tensors.
 */
export const RELEVANCE: Rules = { ...shared(), ...linear(together), Add: sharedSum };

/** The same as the code has them for "partial LRP": positive and negative products are divided apart, and a sum is shared number by number. */
export const PARTIAL_RELEVANCE: Rules = { ...shared(), ...linear(apart), Add: plainSum };

/** What an activation, written out, multiplies its own input with. */
const GATES = new Set(["Erf", "Tanh", "Sigmoid"]);
const SCALING = new Set(["Mul", "Div", "Add", "Sub", "Cast", "Pow"]);

/** Whether a node is the inner part of an activation x · gate(x) that is written out: GELU, SiLU and their approximations. */
export function isGate(node: OnnxNode, graph: Graph): boolean {
  if (!GATES.has(node.opType)) return false;
  const own = new Set(graph.sources(node.input[0]!, SCALING));
  const multiplies = (tensor: string, hops: number): boolean =>
    graph.consumers(tensor).some((consumer) => {
      const others = graph.fedInputs(consumer).filter((input) => input !== tensor);
      if (others.length === 0) return hops > 0 && SCALING.has(consumer.opType) && multiplies(consumer.output[0]!, hops - 1);
      return consumer.opType === "Mul" && others.every((other) => graph.sources(other, SCALING).some((each) => own.has(each)));
    });
  return multiplies(node.output[0]!, 3);
}

/** Whether a node is the mean or the deviation of a norm that is written out: a mean over the channels, which are kept. */
export function isNormStatistic(node: OnnxNode, graph: Graph): boolean {
  const axes = integers(node, "axes") ?? graph.weightIntegers(node.input[1] ?? "");
  return node.opType === "ReduceMean" && axes?.length === 1 && axes[0] === -1 && integer(node, "keepdims") !== 0;
}

function shared(): Rules {
  const unchanged: Rule = ({ g }) => [() => g];
  const layout = "Reshape Flatten Squeeze Unsqueeze Transpose Expand Concat Split Slice Gather Identity Dropout Cast Where".split(
    " ",
  );
  const through =
    "Softmax LayerNormalization Gelu Relu com.microsoft::Gelu com.microsoft::QuickGelu com.microsoft::FastGelu".split(" ");
  const stops = Object.entries(RULES).filter(([, rule]) => rule === "stop");
  return {
    ...Object.fromEntries([...stops, ...layout.map((operator) => [operator, RULES[operator]!])]),
    ...Object.fromEntries(through.map((operator) => [operator, unchanged])),
    Sub: scaled,
    Mul: scaled,
    Div: scaled,
  };
}

/** A scale, a shift or a gate: the one input that carries relevance takes it all. */
function scaled({ node, x, y, g, write, needs }: Differentiated) {
  if (needs(0) && needs(1)) throw notDifferentiable(node, "no rule shares relevance between its inputs");
  return x.map((each) => () => sumTo(write, g, each, y));
}

/** a / b, 0 where b is 0; as the authors' `safe_divide`. */
function divided(write: Writer, a: string, b: string, like: string): string {
  const quotient = write.op("Div", [a, write.op("Add", [b, write.scalar(1e-9, like)])]);
  return write.op("Where", [write.op("Equal", [b, write.scalar(0, like)]), write.scalar(0, like), quotient]);
}

/** R_a = a R / (a + b), and so for b; a bias takes none. */
function plainSum({ x, y, g, graph, node, write }: Differentiated) {
  const isBias = graph.fedInputs(node).length < 2;
  const share = () => divided(write, g, y, x[0]!);
  return x.map((each) => () => sumTo(write, isBias ? g : write.op("Mul", [each, share()]), each, y));
}

/** The same, scaled so that a and b together have as much as R, each in proportion to the size of its sum. */
function sharedSum(differentiated: Differentiated) {
  const { x, g, graph, node, write } = differentiated;
  const pulls = plainSum(differentiated);
  if (graph.fedInputs(node).length < 2) return pulls;
  const total = (tensor: string) => write.op("ReduceSum", [tensor], { keepdims: 0 });
  return x.map((each, i) => () => {
    const parts = pulls.map((pull) => pull());
    const sums = parts.map(total);
    const [own, other] = [sums[i]!, sums[1 - i]!].map((sum) => write.op("Abs", [sum]));
    const share = divided(write, own!, write.op("Add", [own!, other!]), each);
    const factor = divided(write, write.op("Mul", [share, total(g)]), sums[i]!, each);
    return write.op("Mul", [parts[i]!, factor]);
  });
}

interface Parts {
  readonly write: Writer;
  readonly r: string;
  readonly positive: string;
  readonly negative: string;
  readonly like: string;
}

/** What relevance is divided by: x⁺W⁺ + x⁻W⁻ for both, or each by its own. */
function together({ write, r, positive, negative, like }: Parts): [string, string] {
  const share = divided(write, r, write.op("Add", [positive, negative]), like);
  return [share, share];
}

function apart({ write, r, positive, negative, like }: Parts): [string, string] {
  return [divided(write, r, positive, like), divided(write, r, negative, like)];
}

/** Products with weights by the α = 1 rule; of two tensors that depend on the image each has half. */
function linear(shares: (parts: Parts) => [string, string]): Rules {
  const half: Rule = (d) => {
    const { x, y, g, write } = d;
    const share = divided(write, g, y, x[0]!);
    const pulls = (RULES["MatMul"] as Rule)({ ...d, g: share });
    return pulls.map((pull, i) => () => write.op("Mul", [write.scalar(0.5, x[i]!), write.op("Mul", [x[i]!, pull!()])]));
  };
  const weighted =
    (operator: string, back: string): Rule =>
    ({ node, x: [x, weight], g, graph, write }) => {
      if (graph.fedInputs(node).includes(weight!)) throw notDifferentiable(node, "no rule for a weight before its input");
      const transB = integer(node, "transB") ?? 0;
      const product = (left: string, right: string) => write.op(operator, [left, right], transB ? { transB } : {});
      const returned = (left: string, right: string) => write.op(back, [left, right], { transB: 1 - transB });
      const above = (tensor: string) => write.op("Relu", [tensor]);
      const below = (tensor: string) => write.op("Neg", [write.op("Relu", [write.op("Neg", [tensor])])]);
      return [
        () => {
          const [px, nx, pw, nw] = [above(x!), below(x!), above(weight!), below(weight!)];
          const [positive, negative] = shares({ write, r: g, positive: product(px, pw), negative: product(nx, nw), like: x! });
          return write.op("Add", [write.op("Mul", [px, returned(positive, pw)]), write.op("Mul", [nx, returned(negative, nw)])]);
        },
      ];
    };
  const withWeight = weighted("MatMul", "com.microsoft::FusedMatMul");
  return {
    MatMul: (d) => (d.graph.fedInputs(d.node).length === 2 ? half(d) : withWeight(d)),
    Gemm: weighted("Gemm", "Gemm"),
  };
}
