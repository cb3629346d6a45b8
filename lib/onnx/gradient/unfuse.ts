import { create } from "@bufbuild/protobuf";
import { Graph, integer, integers } from "../graph.ts";
import {
  int64Vector,
  node,
  floatConstant,
  FLOAT32,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  opsetOf,
  withGraph,
} from "../model.ts";
import { AttributeProtoSchema } from "../onnx_pb.ts";
import { elementTypes } from "./element-types.ts";
import { float, operatorOf, SKIP_EPSILON } from "./rule.ts";
import { inferShapes, type Shape } from "./shapes.ts";

/** Queries, keys and values before the heads are divided, [B, T, D]; or divided already, [B, H, T, d]. */
interface Projected {
  readonly tensors: readonly [string, string, string];
  readonly heads: number;
  /** d, the length of a head's queries. */
  readonly headSize: number;
  readonly isDivided?: boolean;
}

interface Context {
  readonly graph: Graph;
  readonly shapeOf: (tensor: string) => Shape | undefined;
  readonly write: Parts;
  readonly opset: number;
}

/**
 * The same model with fused operators written out, so that it can be differentiated and its attention probabilities be read: ONNX
 * Runtime's Attention and MultiHeadAttention and ONNX's Attention as softmax(s Q Kᵀ) V, norms of a sum, GELU with a bias. Those that do
 * more (masks, a past, rotary positions, fewer heads of keys) are left as they are, and so is what has rules as it is.
 */
export function unfuse(model: OnnxModel): OnnxModel {
  if (!model.graph.node.some((each) => operatorOf(each) in PROJECTED || operatorOf(each) in WRITTEN_OUT)) return model;
  const graph = new Graph(model);
  const write = new Parts(graph.freePrefix("unfused/"), elementTypes(model));
  const context = { graph, shapeOf: inferShapes(model), write, opset: opsetOf(model) };
  for (const each of graph.nodes) {
    const projected = PROJECTED[operatorOf(each)]?.(each, context);
    if (projected) attend(each, projected, write);
    else if (!WRITTEN_OUT[operatorOf(each)]?.(each, context)) write.nodes.push(each);
  }
  return withGraph(model, { node: write.nodes, initializer: [...model.graph.initializer, ...write.constants] });
}

/** The oldest operator set that has LayerNormalization. */
const NORM_OPSET = 17;

/** Writes what an operator does under the names of its outputs; false where it is left. */
const WRITTEN_OUT: Readonly<Record<string, (node: OnnxNode, context: Context) => boolean>> = {
  "com.microsoft::SkipLayerNormalization": (each, { graph, write, opset }) => {
    const [x, skip, scale, shift = "", bias = ""] = each.input;
    const [normed, mean = "", deviation = "", sum = ""] = each.output;
    const isUsed = (tensor: string) =>
      tensor !== "" && (graph.consumers(tensor).length > 0 || graph.outputs.some(({ name }) => name === tensor));
    if (opset < NORM_OPSET || isUsed(mean) || isUsed(deviation)) return false;
    const last = bias === "" ? [x!, skip!] : [write.op("Add", [x!, skip!]), bias];
    const added = sum === "" ? write.op("Add", last) : sum;
    if (sum !== "") write.nodes.push(node("Add", last, [sum]));
    const epsilon = create(AttributeProtoSchema, { name: "epsilon", type: 1, f: float(each, "epsilon", SKIP_EPSILON) });
    const inputs = [added, scale!, ...(shift === "" ? [] : [shift])];
    write.nodes.push(Object.assign(node("LayerNormalization", inputs, [normed!]), { attribute: [epsilon] }));
    return true;
  },
  "com.microsoft::BiasGelu": (each, { write }) => {
    const sum = write.op("Add", [each.input[0]!, each.input[1]!]);
    write.nodes.push(Object.assign(node("Gelu", [sum], [each.output[0]!]), { domain: each.domain }));
    return true;
  },
};

/** What each operator attends with; undefined where it does more than that. */
const PROJECTED: Readonly<Record<string, (node: OnnxNode, context: Context) => Projected | undefined>> = {
  "com.microsoft::Attention": (each, { graph, write }) => {
    const [x, weight, bias = "", ...others] = each.input;
    const width = graph.weightShape(weight!)?.[1];
    const heads = integer(each, "num_heads")!;
    const sizes = new Set(integers(each, "qkv_hidden_sizes") ?? []);
    if (width === undefined || isMore(each, others) || sizes.size > 1) return undefined;
    const product = write.op("MatMul", [x!, weight!]);
    const sum = bias === "" ? product : write.op("Add", [product, bias]);
    return { tensors: write.thirds(sum, width / 3, -1), heads, headSize: width / 3 / heads };
  },
  "com.microsoft::MultiHeadAttention": (each, { shapeOf, write }) => {
    const [query, key = "", value = "", bias = "", ...others] = each.input;
    const shapes = [query!, key, value].map(shapeOf);
    const width = shapes[0]?.[2];
    const heads = integer(each, "num_heads")!;
    const isPlain = shapes.every((shape) => shape?.length === 3 && shape[2] === width);
    if (!isPlain || typeof width !== "number" || isMore(each, others)) return undefined;
    const plain = [query!, key, value] as const;
    const biases = bias === "" ? undefined : write.thirds(bias, width, 0);
    const tensors = biases
      ? (plain.map((tensor, i) => write.op("Add", [tensor, biases[i]!])) as [string, string, string])
      : plain;
    return { tensors, heads, headSize: width / heads };
  },
  Attention: (each, { shapeOf }) => {
    const [query, key, value, ...others] = each.input as [string, string, string];
    const shape = shapeOf(query);
    const isDivided = shape?.length === 4;
    const heads = isDivided ? shape[1] : integer(each, "q_num_heads");
    const size = isDivided ? shape[3] : shape?.[2];
    const isEven = isDivided ? shapeOf(key)?.[1] === heads : integer(each, "kv_num_heads") === heads;
    if (typeof size !== "number" || typeof heads !== "number" || !isEven || isMore(each, others)) return undefined;
    return { tensors: [query, key, value], heads, headSize: isDivided ? size : size / heads, isDivided };
  },
};

/** Whether an attention is given more than queries, keys and values, or does more with them. */
function isMore(each: OnnxNode, others: readonly string[]): boolean {
  const flags = ["unidirectional", "do_rotary", "is_causal", "qk_matmul_output_mode"];
  return (
    others.some((tensor) => tensor !== "") ||
    each.output.slice(1).some((tensor) => tensor !== "") ||
    flags.some((flag) => (integer(each, flag) ?? 0) !== 0) ||
    float(each, "softcap", 0) !== 0
  );
}

/** softmax(s Q Kᵀ) V under the name of what the fused operator put out. */
function attend(each: OnnxNode, { tensors, heads, headSize, isDivided = false }: Projected, write: Parts): void {
  const divided = (tensor: string, perm: readonly number[]) => {
    const apart = isDivided ? tensor : write.op("Reshape", [tensor, write.integers([0, 0, heads, -1])]);
    const order = isDivided ? perm.map((axis) => [0, 2, 1, 3].indexOf(axis)) : perm;
    return order.every((axis, i) => axis === i) ? apart : write.op("Transpose", [apart], { perm: order });
  };
  const [query, key, value] = tensors;
  const scale = write.number(float(each, "scale", 0) || 1 / Math.sqrt(headSize), query);
  const scores = write.op("MatMul", [write.op("Mul", [divided(query, [0, 2, 1, 3]), scale]), divided(key, [0, 2, 3, 1])]);
  const mixed = write.op("MatMul", [write.op("Softmax", [scores], { axis: -1 }), divided(value, [0, 2, 1, 3])]);
  const [output] = each.output as [string];
  if (isDivided) write.nodes.push(node("Identity", [mixed], [output]));
  else {
    const together = write.op("Transpose", [mixed], { perm: [0, 2, 1, 3] });
    write.nodes.push(node("Reshape", [together, write.integers([0, 0, -1])], [output]));
  }
}

/** Nodes and constants with names of their own. */
class Parts {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxTensor[] = [];
  readonly #prefix: string;
  readonly #typeOf: (tensor: string) => number;
  #count = 0;

  constructor(prefix: string, typeOf: (tensor: string) => number) {
    this.#prefix = prefix;
    this.#typeOf = typeOf;
  }

  op(operator: string, inputs: string[], attributes: Parameters<typeof node>[3] = {}): string {
    const output = this.#name(operator);
    this.nodes.push(node(operator, inputs, [output], attributes));
    return output;
  }

  /** A tensor in three parts of one length. */
  thirds(tensor: string, length: number, axis: number): [string, string, string] {
    const outputs: [string, string, string] = [this.#name("Split"), this.#name("Split"), this.#name("Split")];
    this.nodes.push(node("Split", [tensor, this.integers([length, length, length])], outputs, { axis }));
    return outputs;
  }

  integers(values: readonly number[]): string {
    const name = this.#name("constant");
    this.constants.push(int64Vector(name, values));
    return name;
  }

  /** A number of the element type of a tensor of the graph given. */
  number(value: number, like: string): string {
    const name = this.#name("constant");
    this.constants.push(floatConstant(name, [], [value]));
    const type = this.#typeOf(like);
    return type === FLOAT32 ? name : this.op("Cast", [name], { to: type });
  }

  #name(operator: string): string {
    return `${this.#prefix}${operator}_${this.#count++}`;
  }
}
