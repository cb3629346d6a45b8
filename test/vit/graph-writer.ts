import { create } from "@bufbuild/protobuf";
import { floatTensor, node } from "../../lib/onnx/model.ts";
import type { OnnxModel, OnnxNode } from "../../lib/onnx/model.ts";
import { AttributeProtoSchema, GraphProtoSchema, ModelProtoSchema, OperatorSetIdProtoSchema } from "../../lib/onnx/onnx_pb.ts";
import { TensorProtoSchema } from "../../lib/onnx/onnx_pb.ts";
import type { AttributeProto, TensorProto } from "../../lib/onnx/onnx_pb.ts";

type Attribute = number | string | readonly number[];

/** Writes a graph operator by operator, with seeded random weights; every operator's result has a name. */
export class GraphWriter {
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: TensorProto[] = [];
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 2 + 1;
  }

  /** A node of one output. Whole numbers are ONNX INT, others FLOAT, lists INTS. */
  op(operator: string, inputs: string[], attributes: Record<string, Attribute> = {}, domain = ""): string {
    return this.ops(operator, inputs, 1, attributes, domain)[0]!;
  }

  /** A node of several outputs. */
  ops(operator: string, inputs: string[], outputs: number, attributes: Record<string, Attribute> = {}, domain = ""): string[] {
    const names = Array.from({ length: outputs }, (_, i) => `${operator}_${this.#nodes.length}_${i}`);
    const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value));
    this.#nodes.push(Object.assign(node(operator, inputs, names), { attribute, domain }));
    return names;
  }

  /** A weight of uniformly distributed numbers of the given standard deviation around a mean. */
  weight(shape: readonly number[], sd = 0.02, mean = 0): string {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    for (let i = 0; i < data.length; i++) data[i] = mean + sd * Math.sqrt(12) * (this.#uniform() - 0.5);
    return this.constant(shape, data);
  }

  constant(shape: readonly number[], data: Float32Array): string {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return this.#initializer({ dims: shape.map(BigInt), dataType: 1, rawData });
  }

  scalar(value: number): string {
    return this.constant([], Float32Array.of(value));
  }

  vector(values: readonly number[]): string {
    return this.#initializer({ dims: [BigInt(values.length)], dataType: 7, int64Data: values.map(BigInt) });
  }

  /** A whole number of no axes. */
  number(value: number): string {
    return this.#initializer({ dims: [], dataType: 7, int64Data: [BigInt(value)] });
  }

  /** The model from `image` [batch, 3, size, size] to a tensor of [batch, classes]. */
  model(
    scores: string,
    { size, classes, batch, opset }: { size: number; classes: number; batch: number | string; opset: number },
  ) {
    return create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [
        create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(opset) }),
        create(OperatorSetIdProtoSchema, { domain: "com.microsoft", version: 1n }),
      ],
      graph: create(GraphProtoSchema, {
        name: "shaped",
        node: this.#nodes,
        initializer: this.#initializers,
        input: [floatTensor("image", [batch, 3, size, size])],
        output: [floatTensor(scores, [batch, classes])],
      }),
    }) as OnnxModel;
  }

  #initializer(parts: Partial<TensorProto>): string {
    const name = `weight_${this.#initializers.length}`;
    this.#initializers.push(Object.assign(create(TensorProtoSchema, { name }), parts));
    return name;
  }

  /** xorshift32 (Marsaglia 2003), 0 … 1. */
  #uniform(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) / 2 ** 32;
  }
}

function attributeOf(name: string, value: Attribute): AttributeProto {
  if (typeof value === "string") return create(AttributeProtoSchema, { name, type: 3, s: new TextEncoder().encode(value) });
  if (typeof value !== "number") return create(AttributeProtoSchema, { name, type: 7, ints: value.map(BigInt) });
  return Number.isInteger(value)
    ? create(AttributeProtoSchema, { name, type: 2, i: BigInt(value) })
    : create(AttributeProtoSchema, { name, type: 1, f: value });
}
