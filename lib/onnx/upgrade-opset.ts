import { create } from "@bufbuild/protobuf";
import { Graph, integer, integers } from "./graph.ts";
import { int64Vector, node, type OnnxModel, type OnnxNode, opsetOf, withGraph } from "./model.ts";
import { AttributeProtoSchema, ModelProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema } from "./onnx_pb.ts";
import type { GraphProto, ValueInfoProto } from "./onnx_pb.ts";

/** The operator set that older graphs are rewritten in. */
const UPGRADED_OPSET = 13;

/** Operators whose attribute became an input: of the second input's name. */
const INPUT_OF: Readonly<Record<string, string>> = { Squeeze: "axes", Unsqueeze: "axes", ReduceSum: "axes", Split: "split" };
/** Operators that took all axes from one on together, and take a single axis since. */
const FLATTENING = new Set(["Softmax", "LogSoftmax", "Hardmax"]);

/**
 * The same model in operator set 13, where it is of set 11 or 12: axes and splits become inputs, a softmax says its one axis, and
 * Dropout loses its ratio. It computes the same numbers. A newer model is returned as it is.
 */
export function upgradeOpset(model: OnnxModel): OnnxModel {
  const opset = opsetOf(model);
  if (opset >= UPGRADED_OPSET) return model;
  const imports = model.opsetImport.map((each) =>
    each.domain === "" || each.domain === "ai.onnx"
      ? create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(UPGRADED_OPSET) })
      : each,
  );
  const changed = withGraph(model, upgradeGraph(model.graph));
  return Object.assign(create(ModelProtoSchema), changed, { opsetImport: imports });
}

function upgradeGraph(graph: GraphProto, base = "opset13/"): Pick<GraphProto, "node" | "initializer"> {
  const initializer = [...graph.initializer];
  const prefix = new Graph({ graph }).freePrefix(base);
  const constant = (values: readonly number[]) => {
    const name = `${prefix}${initializer.length}`;
    initializer.push(int64Vector(name, values));
    return name;
  };
  const ranks = new Ranks(graph);
  const nodes = graph.node.flatMap((each) => {
    if (each.domain !== "" && each.domain !== "ai.onnx") return [each];
    const whole = withSubgraphs(each);
    const list = INPUT_OF[each.opType];
    if (list !== undefined) {
      const values = integers(each, list);
      if (values === undefined) return [whole];
      return [changedNode(whole, [each.input[0]!, constant(values)], list)];
    }
    if (each.opType === "Dropout") return [changedNode(whole, each.input.slice(0, 1), "ratio")];
    return FLATTENING.has(each.opType) ? oneAxis(whole, ranks.of(each.input[0]!), `${prefix}of/${each.output[0]!}`) : [whole];
  });
  return { node: nodes, initializer };
}

/** Softmax over all axes from `axis` (default 1) on: over the last one alone where that is the same, else of the flattened tensor. */
function oneAxis(softmax: OnnxNode, rank: number | undefined, name: string): OnnxNode[] {
  const axis = integer(softmax, "axis") ?? 1;
  const isLast = axis === -1 || (rank !== undefined && axis === rank - 1);
  const last = create(AttributeProtoSchema, { name: "axis", type: 2, i: -1n });
  const alone = (input: string, output: string) =>
    Object.assign(create(NodeProtoSchema), softmax, { input: [input], output: [output], attribute: [last] });
  const input = softmax.input[0]!;
  const output = softmax.output[0]!;
  if (isLast) return [alone(input, output)];
  return [
    node("Shape", [input], [`${name}/shape`]),
    node("Flatten", [input], [`${name}/flat`], { axis }),
    alone(`${name}/flat`, `${name}/softmax`),
    node("Reshape", [`${name}/softmax`, `${name}/shape`], [output]),
  ];
}

function changedNode(before: OnnxNode, input: string[], without: string): OnnxNode {
  const attribute = before.attribute.filter(({ name }) => name !== without);
  return Object.assign(create(NodeProtoSchema), before, { input, attribute });
}

/** The same node with the graphs of its branches upgraded, in which no name of the graph around them may come again. */
function withSubgraphs(each: OnnxNode): OnnxNode {
  if (!each.attribute.some(({ g }) => g)) return each;
  const attribute = each.attribute.map((one) => {
    if (!one.g) return one;
    return Object.assign(create(AttributeProtoSchema), one, {
      g: { ...one.g, ...upgradeGraph(one.g, `${each.output[0]}/${one.name}/`) },
    });
  });
  return Object.assign(create(NodeProtoSchema), each, { attribute });
}

/** Operators whose output has as many axes as their first input. */
const AS_FIRST = new Set(
  "Softmax LogSoftmax Cast Identity Dropout Relu Erf Gelu Tanh Sigmoid Sqrt Neg Exp Clip Concat Slice Split Pad Conv LayerNormalization BatchNormalization".split(
    " ",
  ),
);
/** Operators whose output has as many axes as the input that has most. */
const AS_MOST = new Set("MatMul Add Sub Mul Div Pow Where Max Min Sum".split(" "));

/** How many axes tensors have, as far as the graph tells without being run. */
class Ranks {
  readonly #known = new Map<string, number | undefined>();
  readonly #producers = new Map<string, OnnxNode>();
  /** Of constant vectors. */
  readonly #lengths = new Map<string, number>();

  constructor({ node: nodes, input, output, valueInfo, initializer }: GraphProto) {
    for (const each of nodes) for (const tensor of each.output) this.#producers.set(tensor, each);
    for (const { name, dims } of initializer) {
      this.#known.set(name, dims.length);
      if (dims.length === 1) this.#lengths.set(name, Number(dims[0]));
    }
    for (const info of [...input, ...output, ...valueInfo]) {
      const rank = declaredRank(info);
      if (rank !== undefined) this.#known.set(info.name, rank);
    }
  }

  of(tensor: string): number | undefined {
    if (this.#known.has(tensor)) return this.#known.get(tensor);
    // Against a cycle, which no valid graph has.
    this.#known.set(tensor, undefined);
    const producer = this.#producers.get(tensor);
    const rank = producer && this.#ofOutput(producer);
    this.#known.set(tensor, rank);
    return rank;
  }

  #ofOutput(each: OnnxNode): number | undefined {
    const { opType, input } = each;
    if (opType === "Constant") return each.attribute.find(({ name }) => name === "value")?.t?.dims.length;
    if (opType === "Transpose") return integers(each, "perm")?.length ?? this.of(input[0]!);
    if (opType === "Shape") return 1;
    if (opType === "Gemm" || opType === "Flatten") return 2;
    if (opType === "Reshape") return this.#lengths.get(input[1]!) ?? this.#lengthOf(input[1]!);
    if (opType === "Gather") return sum(this.of(input[0]!), this.of(input[1]!), -1);
    if (opType === "Unsqueeze") return sum(this.of(input[0]!), integers(each, "axes")?.length);
    if (opType === "Squeeze") return sum(this.of(input[0]!), negated(integers(each, "axes")?.length));
    if (AS_FIRST.has(opType)) return this.of(input[0]!);
    if (!AS_MOST.has(opType)) return undefined;
    const ranks = input.map((tensor) => this.of(tensor));
    return ranks.includes(undefined) ? undefined : Math.max(...(ranks as number[]));
  }

  /** How long a vector is that a Reshape takes: a constant, or one that is put together of numbers. */
  #lengthOf(tensor: string): number | undefined {
    const producer = this.#producers.get(tensor);
    if (producer?.opType === "Constant") {
      const dims = producer.attribute.find(({ name }) => name === "value")?.t?.dims;
      return dims?.length === 1 ? Number(dims[0]) : undefined;
    }
    if (producer?.opType === "Concat")
      return sum(...producer.input.map((part) => this.#lengths.get(part) ?? this.#lengthOf(part)));
    if (producer?.opType === "Unsqueeze") return this.of(producer.input[0]!) === 0 ? 1 : undefined;
    if (producer?.opType === "Shape") return this.of(producer.input[0]!);
    return producer?.opType === "Cast" ? this.#lengthOf(producer.input[0]!) : undefined;
  }
}

/** Undefined where a part is. */
function sum(...parts: readonly (number | undefined)[]): number | undefined {
  return parts.includes(undefined) ? undefined : (parts as number[]).reduce((total, part) => total + part, 0);
}

function negated(value: number | undefined): number | undefined {
  return value === undefined ? undefined : -value;
}

function declaredRank(info: ValueInfoProto): number | undefined {
  const type = info.type?.value;
  return type?.case === "tensorType" ? type.value.shape?.dim.length : undefined;
}
