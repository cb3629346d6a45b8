import { create } from "@bufbuild/protobuf";
import type { Graph } from "../graph.ts";
import { int64Vector, type OnnxNode, type OnnxTensor } from "../model.ts";
import type { Shape } from "./shapes.ts";
import { type AttributeProto, AttributeProtoSchema, NodeProtoSchema, TensorProtoSchema } from "../onnx_pb.ts";

/** Whole numbers become ONNX INT, others FLOAT, lists INTS, strings STRING; an attribute of another node is copied as it is. */
export type Attributes = Readonly<Record<string, number | string | readonly number[] | AttributeProto>>;

const FLOAT32 = 1;

/** Writes nodes to append to a graph. Names begin with a prefix that no tensor of the graph has; what is asked for twice is written once. */
export class Writer {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  readonly #prefix: string;
  readonly #typeOf: (tensor: string) => number;
  /** The graph's set of operators of the default domain. */
  readonly opset: number;
  readonly #known = new Map<string, string>();
  #count = 0;

  /** The shape of a tensor of the graph given, as far as the graph tells. */
  readonly shapeOf: (tensor: string) => Shape | undefined;

  constructor(
    graph: Graph,
    { typeOf, shapeOf, opset }: Pick<Writer, "shapeOf" | "opset"> & { typeOf: (tensor: string) => number },
  ) {
    this.opset = opset;
    this.shapeOf = shapeOf;
    this.#prefix = graph.freePrefix("gradient/");
    this.#typeOf = typeOf;
  }

  /** The output of a new node; an operator of another domain is written `domain::Operator`. */
  op(operator: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.ops(operator, inputs, 1, attributes)[0]!;
  }

  ops(operator: string, inputs: readonly string[], outputs: number, attributes: Attributes = {}): string[] {
    const [opType = "", domain = ""] = operator.split("::").toReversed();
    const output = Array.from({ length: outputs }, () => `${this.#prefix}${opType}_${this.#count++}`);
    const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value));
    this.nodes.push(create(NodeProtoSchema, { opType, domain, input: [...inputs], output, attribute }));
    return output;
  }

  /** A number of the element type of another tensor, which is one of the graph given. */
  scalar(value: number, like: string): string {
    const type = this.#typeOf(like);
    return this.#once(`scalar ${value} ${type}`, () => {
      const name = this.floats([], Float32Array.of(value));
      return type === FLOAT32 ? name : this.op("Cast", [name], { to: type });
    });
  }

  /** A constant of float32 numbers. */
  floats(shape: readonly number[], data: Float32Array): string {
    const name = `${this.#prefix}constant_${this.#count++}`;
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.initializers.push(create(TensorProtoSchema, { name, dims: shape.map(BigInt), dataType: FLOAT32, rawData }));
    return name;
  }

  /** A constant vector of int64 numbers. */
  integers(values: readonly number[]): string {
    return this.#once(`integers ${values.join()}`, () => {
      const name = `${this.#prefix}constant_${this.#count++}`;
      this.initializers.push(int64Vector(name, values));
      return name;
    });
  }

  /** The shape of a tensor, an int64 vector. */
  shape(tensor: string): string {
    return this.#once(`shape ${tensor}`, () => this.op("Shape", [tensor]));
  }

  /** How many axes a tensor has, an int64 vector of one number. */
  rank(tensor: string): string {
    return this.#once(`rank ${tensor}`, () => this.op("Shape", [this.shape(tensor)]));
  }

  /** A tensor in the element type of another, which is one of the graph given. */
  castLike(tensor: string, like: string): string {
    return this.op("Cast", [tensor], { to: this.#typeOf(like) });
  }

  /** The mean over axes, which are kept with length 1. */
  mean(tensor: string, axes: readonly number[]): string {
    if (this.opset < 18) return this.op("ReduceMean", [tensor], { axes, keepdims: 1 });
    return this.op("ReduceMean", [tensor, this.integers(axes)], { keepdims: 1 });
  }

  /** Whether a tensor of the graph given has float32 numbers. */
  isFloat32(tensor: string): boolean {
    return this.#typeOf(tensor) === FLOAT32;
  }

  /** A number, `like` a tensor of the graph given, repeated to a shape. */
  filled(value: number, shape: string, like: string): string {
    return this.op("Expand", [this.scalar(value, like), shape]);
  }

  /** What remains of a vector of int64 numbers from an index on. */
  from(vector: string, index: number): string {
    return this.op("Slice", [vector, this.integers([index]), this.integers([Number.MAX_SAFE_INTEGER]), this.integers([0])]);
  }

  /** A shape with another length, an int64 vector of one number, on one axis. */
  withLength(shape: string, axis: number, length: string): string {
    return this.op("ScatterElements", [shape, this.integers([axis]), length], { axis: 0 });
  }

  #once(key: string, write: () => string): string {
    const name = this.#known.get(key) ?? write();
    this.#known.set(key, name);
    return name;
  }
}

function attributeOf(name: string, value: Attributes[string]): AttributeProto {
  if (typeof value === "string") return create(AttributeProtoSchema, { name, type: 3, s: new TextEncoder().encode(value) });
  if (typeof value === "number") {
    return Number.isInteger(value)
      ? create(AttributeProtoSchema, { name, type: 2, i: BigInt(value) })
      : create(AttributeProtoSchema, { name, type: 1, f: value });
  }
  if ("length" in value) return create(AttributeProtoSchema, { name, type: 7, ints: value.map(BigInt) });
  return Object.assign(create(AttributeProtoSchema), value, { name });
}
