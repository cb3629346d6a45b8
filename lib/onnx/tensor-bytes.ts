import { open } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { create } from "@bufbuild/protobuf";
import { CodedError } from "../errors.ts";
import { FLOAT16, FLOAT32 } from "./model.ts";
import { type TensorProto, TensorProtoSchema } from "./onnx_pb.ts";

const BFLOAT16 = 16;
const EXTERNAL = 1;
/** Bytes of a number, for the types whose numbers lie one beside the other. */
const FLOAT_BYTES: Readonly<Record<number, number>> = { [FLOAT32]: 4, [FLOAT16]: 2, [BFLOAT16]: 2 };

/** How many bytes each number of a tensor of floats has; undefined for one of anything else. */
export function floatBytes({ dataType }: TensorProto): number | undefined {
  return FLOAT_BYTES[dataType];
}

/** How many numbers a tensor holds. */
export function sizeOf({ dims }: TensorProto): number {
  return dims.reduce((product, length) => product * Number(length), 1);
}

/**
 * A copy of the numbers of a tensor of floats, little-endian as ONNX has them, wherever they are written: in the tensor, in one of
 * its lists, or as external data in a file of `folder`.
 *
 * @throws CodedError MODEL_UNUSABLE where they cannot be read, or are not as many as the tensor says
 */
export async function readFloats(tensor: TensorProto, folder: string): Promise<Uint8Array> {
  const bytes = await bytesOf(tensor, folder);
  const expected = sizeOf(tensor) * floatBytes(tensor)!;
  if (bytes.length === expected) return bytes;
  throw new CodedError("MODEL_UNUSABLE", `expected ${expected} bytes of the weight "${tensor.name}", got ${bytes.length}`);
}

/** The same tensor with other numbers, in itself. */
export function withFloats({ name, dataType, dims }: TensorProto, rawData: Uint8Array): TensorProto {
  return create(TensorProtoSchema, { name, dataType, dims, rawData });
}

async function bytesOf(tensor: TensorProto, folder: string): Promise<Uint8Array> {
  if (tensor.dataLocation === EXTERNAL) return readExternal(tensor, folder);
  if (tensor.rawData.length > 0) return new Uint8Array(tensor.rawData);
  if (tensor.floatData.length > 0) return new Uint8Array(Float32Array.from(tensor.floatData).buffer);
  // Each number of two bytes in an int32 of its own.
  return new Uint8Array(Uint16Array.from(tensor.int32Data).buffer);
}

async function readExternal({ name, externalData }: TensorProto, folder: string): Promise<Uint8Array> {
  const { location = "", offset = "0", length } = Object.fromEntries(externalData.map(({ key, value }) => [key, value]));
  const path = resolve(folder, location);
  const unreadable = (cause?: unknown) =>
    new CodedError("MODEL_UNUSABLE", `the weight "${name}" cannot be read from the file ${location}`, { cause });
  if (!path.startsWith(resolve(folder) + sep)) throw unreadable();
  const handle = await open(path).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  try {
    const from = Number(offset);
    const rest = (await handle.stat()).size - from;
    const count = length === undefined ? rest : Number(length);
    // What a damaged file says is no size to allocate.
    if (!(from >= 0 && count >= 0 && count <= rest)) throw unreadable();
    const bytes = new Uint8Array(count);
    for (let filled = 0; filled < bytes.length;) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, from + filled);
      if (bytesRead === 0) throw unreadable();
      filled += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}
