import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { create, fromBinary } from "@bufbuild/protobuf";
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { CodedError } from "../errors.ts";
import { checkModel } from "./model.ts";
import type { OnnxModel } from "./model.ts";
import { GraphProtoSchema, ModelProtoSchema, StringStringEntryProtoSchema, TensorProtoSchema } from "./onnx_pb.ts";
import type { GraphProto, ModelProto, TensorProto } from "./onnx_pb.ts";
import { upgradeOpset } from "./upgrade-opset.ts";
import { LENGTH_DELIMITED, WireFile } from "./wire-file.ts";
import type { Field } from "./wire-file.ts";

/** Weights of fewer bytes are read with the graph: shapes and scalars, which ONNX Runtime wants to see while it loads. */
const LARGE_BYTES = 4096;
/** Field numbers of the ONNX specification. */
const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR_RAW_DATA = 9;
const EXTERNAL = 1;

/**
 * Reads an ONNX file without its weights: each large one becomes external data that lies in this same file, so that ONNX Runtime
 * maps it from there, and a model of 2 GB is read in a few kB of memory. A graph of operator set 11 or 12 comes in set 13.
 *
 * @throws CodedError MODEL_UNUSABLE where the file cannot be read, is no ONNX model, or is cut short
 */
export async function readModelFile(path: string): Promise<OnnxModel> {
  const handle = await open(path).catch((cause: unknown) => {
    throw new CodedError("MODEL_UNUSABLE", `the file ${basename(path)} cannot be read`, { cause });
  });
  try {
    return upgradeOpset(checkModel(await readModel(handle, basename(path))));
  } finally {
    await handle.close();
  }
}

async function readModel(handle: FileHandle, name: string): Promise<ModelProto> {
  const { size } = await handle.stat();
  const file = new WireFile(handle, size);
  await refuseLookAlikes(file, size);
  const rest: Uint8Array[] = [];
  let graph: GraphProto | undefined;
  for await (const field of file.fields(0, size)) {
    if (field.number === MODEL_GRAPH && field.wire === LENGTH_DELIMITED) graph = await readGraph(file, field, name);
    else rest.push(await file.bytes(field.start, field.end));
  }
  const model = decode(ModelProtoSchema, Buffer.concat(rest));
  return graph ? Object.assign(model, { graph }) : model;
}

/** What people hand over in place of a model: nothing, and what git keeps where the file itself was not fetched. */
async function refuseLookAlikes(file: WireFile, size: number): Promise<void> {
  const head = Buffer.from(await file.bytes(0, Math.min(size, 40))).toString("latin1");
  if (size === 0) throw new CodedError("MODEL_UNUSABLE", "the file is empty");
  if (head.startsWith("version https://git-lfs")) {
    throw new CodedError("MODEL_UNUSABLE", "the file is a Git LFS pointer, not the model; fetch it with `git lfs pull`");
  }
}

async function readGraph(file: WireFile, { value, end }: Field, name: string): Promise<GraphProto> {
  const rest: Uint8Array[] = [];
  const initializer: TensorProto[] = [];
  for await (const field of file.fields(value, end)) {
    if (field.number === GRAPH_INITIALIZER) initializer.push(await readTensor(file, field, name));
    else rest.push(await file.bytes(field.start, field.end));
  }
  return Object.assign(create(GraphProtoSchema), decode(GraphProtoSchema, Buffer.concat(rest)), { initializer });
}

async function readTensor(file: WireFile, { value, end }: Field, location: string): Promise<TensorProto> {
  if (end - value < LARGE_BYTES) return decode(TensorProtoSchema, await file.bytes(value, end));
  const rest: Uint8Array[] = [];
  let data: Field | undefined;
  for await (const field of file.fields(value, end)) {
    if (field.number === TENSOR_RAW_DATA) data = field;
    else rest.push(await file.bytes(field.start, field.end));
  }
  const tensor = decode(TensorProtoSchema, Buffer.concat(rest));
  if (!data) return tensor;
  const place = { location, offset: String(data.value), length: String(data.end - data.value) };
  const externalData = Object.entries(place).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));
  return Object.assign(tensor, { dataLocation: EXTERNAL, externalData });
}

function decode<Schema extends DescMessage>(schema: Schema, bytes: Uint8Array): MessageShape<Schema> {
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw new CodedError("MODEL_UNUSABLE", "the file is not an ONNX model, or is damaged", { cause });
  }
}
