import { create, toBinary } from "@bufbuild/protobuf";
import { CodedError } from "../errors.ts";
import { checkExternalData } from "./check-external-data.ts";
import { AttributeProtoSchema, GraphProtoSchema, ModelProtoSchema, NodeProtoSchema } from "./onnx_pb.ts";
import { TensorProtoSchema, TensorShapeProto_DimensionSchema, TensorShapeProtoSchema } from "./onnx_pb.ts";
import { TypeProto_TensorSchema, TypeProtoSchema, ValueInfoProtoSchema } from "./onnx_pb.ts";
import type { GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from "./onnx_pb.ts";

/** A model as its file says it; what the schema does not know is kept and written back. */
export type OnnxModel = ModelProto & { graph: GraphProto };
export type OnnxNode = NodeProto;
export type OnnxTensor = TensorProto;

/** Element types by their numbers in the ONNX specification, TensorProto.DataType. */
export const FLOAT32 = 1;
export const FLOAT16 = 10;
export const UINT8 = 2;
const INT64 = 7;

/** The oldest operator set of the default domain that can be rewritten in the one that the edits here are written in. */
const OLDEST_OPSET = 11;

/**
 * The same model, found to be one that can be read and edited here.
 *
 * @throws CodedError MODEL_UNUSABLE where it is incomplete, refers to files that are not its own, or is of an operator set older
 *   than 11
 */
export function checkModel(model: ModelProto): OnnxModel {
  if (!isComplete(model)) throw new CodedError("MODEL_UNUSABLE", "the file is not an ONNX model, or a part of one");
  const opset = opsetOf(model);
  if (opset < OLDEST_OPSET) {
    throw new CodedError("MODEL_UNUSABLE", `the file uses operator set ${opset}; export it with operator set 17`);
  }
  checkExternalData(model);
  return model;
}

/** The version of the default domain's operators that a model uses, 0 where it names none. */
export function opsetOf({ opsetImport }: ModelProto): number {
  return Number(opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx")?.version ?? 0);
}

function isComplete(model: ModelProto): model is OnnxModel {
  const { graph } = model;
  return graph !== undefined && graph.node.length > 0 && graph.input.length > 0 && graph.output.length > 0;
}

/** The bytes of an ONNX file. */
export function writeModel(model: OnnxModel): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

/** The same model with parts of its graph exchanged; the model given stays as it is. */
export function withGraph(
  model: OnnxModel,
  parts: Partial<Pick<GraphProto, "input" | "output" | "node" | "initializer" | "valueInfo">>,
): OnnxModel {
  const graph = Object.assign(create(GraphProtoSchema), model.graph, parts);
  return Object.assign(create(ModelProtoSchema), model, { graph });
}

/** A node of the default domain; its attributes are whole numbers (ONNX INT), lists of them (INTS) and strings (STRING). */
export function node(
  operator: string,
  inputs: string[],
  outputs: string[],
  attributes: Record<string, number | string | readonly number[]> = {},
): NodeProto {
  const attribute = Object.entries(attributes).map(([name, value]) => {
    if (typeof value === "number") return create(AttributeProtoSchema, { name, type: 2, i: BigInt(value) });
    if (typeof value === "string") return create(AttributeProtoSchema, { name, type: 3, s: new TextEncoder().encode(value) });
    return create(AttributeProtoSchema, { name, type: 7, ints: value.map(BigInt) });
  });
  return create(NodeProtoSchema, { opType: operator, input: inputs, output: outputs, attribute });
}

/** A constant vector of whole numbers. */
export function int64Vector(name: string, values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, { name, dataType: INT64, dims: [BigInt(values.length)], int64Data: values.map(BigInt) });
}

/** A constant of floats; of no dimensions it is one number. */
export function floatConstant(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, { name, dataType: FLOAT32, dims: dims.map(BigInt), floatData: [...values] });
}

/** The declaration of a float32 input or output; a string in `shape` is a free dimension of that name, no shape is any shape. */
export function floatTensor(name: string, shape?: readonly (number | string)[]): ValueInfoProto {
  const dim = shape?.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof size === "number" ? { case: "dimValue", value: BigInt(size) } : { case: "dimParam", value: size },
    }),
  );
  const value = create(TypeProto_TensorSchema, {
    elemType: FLOAT32,
    ...(dim && { shape: create(TensorShapeProtoSchema, { dim }) }),
  });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: "tensorType", value } }) });
}
