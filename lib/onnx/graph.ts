import { FLOAT32 } from "./model.ts";
import type { OnnxModel, OnnxNode } from "./model.ts";
import type { TensorProto, ValueInfoProto } from "./onnx_pb.ts";

/** What these say of a tensor does not depend on its numbers. */
const SHAPE_OPERATORS = new Set(["Shape", "Size"]);
/** Element types, numbers of TensorProto.DataType. */
const [INT32, INT64] = [6, 7];

/** A graph to walk in: who makes a tensor, who takes it, which tensors are constant. */
export class Graph {
  /** In topological order, as ONNX prescribes. */
  readonly nodes: readonly OnnxNode[];
  /** What a caller must feed: the declared inputs without those that have a default. */
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly #initializers: ReadonlyMap<string, TensorProto>;
  readonly #producers = new Map<string, OnnxNode>();
  readonly #consumers = new Map<string, OnnxNode[]>();
  readonly #fed: Set<string>;

  constructor({ graph }: Pick<OnnxModel, "graph">) {
    this.nodes = graph.node;
    this.#initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
    this.inputs = graph.input.filter(({ name }) => !this.#initializers.has(name));
    this.outputs = graph.output;
    this.#fed = new Set(this.inputs.map(({ name }) => name));
    for (const node of graph.node) this.#index(node);
  }

  #index(node: OnnxNode): void {
    for (const tensor of new Set(node.input)) {
      const consumers = this.#consumers.get(tensor);
      if (consumers) consumers.push(node);
      else this.#consumers.set(tensor, [node]);
    }
    const fed = !SHAPE_OPERATORS.has(node.opType) && node.input.some((tensor) => this.#fed.has(tensor));
    // An output that is left out has the name "", as has an input.
    for (const tensor of node.output.filter((name) => name !== "")) {
      this.#producers.set(tensor, node);
      if (fed) this.#fed.add(tensor);
    }
  }

  /** Whether a node, an input or an initializer of the graph has this name for a tensor. */
  has(tensor: string): boolean {
    return this.#producers.has(tensor) || this.#fed.has(tensor) || this.#initializers.has(tensor);
  }

  /** A beginning of names that no tensor's name has: `base`, as often as it takes. */
  freePrefix(base: string): string {
    let prefix = base;
    while (!this.isFree(prefix)) prefix = base + prefix;
    return prefix;
  }

  /** Whether no tensor's name begins so. */
  isFree(prefix: string): boolean {
    const names = [...this.#producers.keys(), ...this.#fed, ...this.#initializers.keys()];
    return !names.some((name) => name.startsWith(prefix));
  }

  /** The node that makes a tensor; none makes an input or an initializer. */
  producer(tensor: string): OnnxNode | undefined {
    return this.#producers.get(tensor);
  }

  consumers(tensor: string): readonly OnnxNode[] {
    return this.#consumers.get(tensor) ?? [];
  }

  /** Those of a node's inputs whose numbers depend on what the graph is fed; shapes, weights and constants do not. */
  fedInputs(node: OnnxNode): string[] {
    return node.input.filter((tensor) => this.#fed.has(tensor));
  }

  /** These tensors, and all that they are made of that depends on what the graph is fed, without what lies behind one node. */
  behind(tensors: readonly string[], without?: OnnxNode): Set<string> {
    const met = new Set<string>();
    const open = [...tensors];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (met.has(next)) continue;
      met.add(next);
      const node = this.producer(next);
      if (node && node !== without) open.push(...this.fedInputs(node));
    }
    return met;
  }

  /** The dimensions of a weight, written in the file as an initializer or as a Constant node. */
  weightShape(tensor: string): number[] | undefined {
    return this.#weight(tensor)?.dims.map(Number);
  }

  /** The numbers of a small weight of int64 or int32; undefined where the tensor is not one. */
  weightIntegers(tensor: string): number[] | undefined {
    const list = this.producer(tensor)?.attribute.find(({ name }) => name === "value_ints" || name === "value_int");
    if (list) return list.name === "value_int" ? [Number(list.i)] : list.ints.map(Number);
    const weight = this.#weight(tensor);
    return weight && integersOf(weight);
  }

  /** The numbers of a small weight of float32 that is written in the graph itself; undefined where the tensor is not one. */
  weightFloats(tensor: string): number[] | undefined {
    const single = this.producer(tensor)?.attribute.find(({ name }) => name === "value_float" || name === "value_floats");
    if (single) return single.name === "value_float" ? [single.f] : [...single.floats];
    const weight = this.#weight(tensor);
    if (weight?.dataType !== FLOAT32) return undefined;
    if (weight.floatData.length > 0) return [...weight.floatData];
    const { buffer, byteOffset, byteLength } = weight.rawData;
    const view = new DataView(buffer, byteOffset, byteLength);
    return Array.from({ length: Math.floor(byteLength / 4) }, (_, i) => view.getFloat32(i * 4, true));
  }

  #weight(tensor: string): TensorProto | undefined {
    const constant = this.producer(tensor)?.attribute.find(({ name }) => name === "value")?.t;
    return this.#initializers.get(tensor) ?? constant;
  }

  /**
   * Where a tensor comes from: the tensors met going back from it through nodes of the given operators, along every input
   * that depends on what the graph is fed, up to the first tensor that another operator (or nobody) makes.
   */
  sources(tensor: string, through: ReadonlySet<string>): string[] {
    const found = new Set<string>();
    const met = new Set<string>();
    const open = [tensor];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (met.has(next)) continue;
      met.add(next);
      const node = this.producer(next);
      if (node && through.has(node.opType)) open.push(...this.fedInputs(node));
      else found.add(next);
    }
    return [...found];
  }
}

function integersOf({ dataType, dims, rawData, int64Data, int32Data }: TensorProto): number[] | undefined {
  if (dataType !== INT32 && dataType !== INT64) return undefined;
  if (int64Data.length + int32Data.length > 0) return [...int64Data, ...int32Data].map(Number);
  const size = dims.reduce((product, length) => product * Number(length), 1);
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  const bytes = dataType === INT64 ? 8 : 4;
  if (rawData.length !== size * bytes) return undefined;
  return Array.from({ length: size }, (_, i) =>
    dataType === INT64 ? Number(view.getBigInt64(i * bytes, true)) : view.getInt32(i * bytes, true),
  );
}

/** The value of a node's integer-list attribute. */
export function integers(node: OnnxNode, attribute: string): number[] | undefined {
  return node.attribute.find(({ name }) => name === attribute)?.ints.map(Number);
}

/** The value of a node's integer attribute. */
export function integer(node: OnnxNode, attribute: string): number | undefined {
  const found = node.attribute.find(({ name }) => name === attribute);
  return found && Number(found.i);
}

/** The declared shape of an input or output: numbers, `null` for a free dimension; undefined where the file declares none. */
export function declaredShape(info: ValueInfoProto): (number | null)[] | undefined {
  const type = info.type?.value;
  const dims = type?.case === "tensorType" ? type.value.shape?.dim : undefined;
  // Some exporters write a free dimension as 0 or -1.
  return dims?.map(({ value }) => (value.case === "dimValue" && value.value > 0n ? Number(value.value) : null));
}

/** The declared element type of an input or output, a number of TensorProto.DataType; undefined where it is no tensor. */
export function declaredType(info: ValueInfoProto): number | undefined {
  return info.type?.value.case === "tensorType" ? info.type.value.value.elemType : undefined;
}
