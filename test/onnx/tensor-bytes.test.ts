import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FLOAT16, FLOAT32 } from "../../lib/onnx/model.ts";
import { StringStringEntryProtoSchema, TensorProtoSchema } from "../../lib/onnx/onnx_pb.ts";
import type { TensorProto } from "../../lib/onnx/onnx_pb.ts";
import { floatBytes, readFloats, withFloats } from "../../lib/onnx/tensor-bytes.ts";

const numbers = Float32Array.of(1.5, -2, 0.25, 1e-8, 3, 7);
const bytes = new Uint8Array(numbers.buffer);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
  await writeFile(join(folder, "weights"), Buffer.concat([Buffer.alloc(16, 255), bytes]));
});
afterAll(() => rm(folder, { recursive: true }));

const tensor = (parts: Partial<TensorProto>): TensorProto =>
  Object.assign(create(TensorProtoSchema, { name: "w", dataType: FLOAT32, dims: [2n, 3n] }), parts);

const external = (place: Record<string, string>) =>
  tensor({
    dataLocation: 1,
    externalData: Object.entries(place).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
  });

test.for([
  ["in the tensor", tensor({ rawData: bytes })],
  ["in a list", tensor({ floatData: [...numbers] })],
  ["in another file", external({ location: "weights", offset: "16", length: "24" })],
  ["in the rest of another file", external({ location: "weights", offset: "16" })],
] as const)("Numbers are read where they lie %s", async ([, given]) => {
  expect(await readFloats(given, folder)).toEqual(bytes);
});

test("Numbers of half precision are read from their list, each of which is an int32 there", async () => {
  const halves = tensor({ dataType: FLOAT16, dims: [3n], int32Data: [0x3c00, 0xbc00, 0x0001] });
  expect(new Uint16Array((await readFloats(halves, folder)).buffer)).toEqual(Uint16Array.of(0x3c00, 0xbc00, 0x0001));
});

test("What is read is the reader's own, also of a part of a buffer", async () => {
  const pool = Buffer.concat([Buffer.alloc(3), bytes]);
  const given = tensor({ rawData: pool.subarray(3) });
  const read = await readFloats(given, folder);
  new Float32Array(read.buffer).fill(0);
  expect(await readFloats(given, folder)).toEqual(bytes);
});

test("What is written is read again, and the rest stays", async () => {
  const given = external({ location: "weights", offset: "16", length: "24" });
  const written = withFloats(given, bytes.toReversed());
  expect(written).toMatchObject({ name: "w", dims: [2n, 3n], dataType: FLOAT32, dataLocation: 0, externalData: [] });
  expect(await readFloats(written, "nowhere")).toEqual(bytes.toReversed());
});

test("Only floats have a size here", () => {
  expect([FLOAT32, FLOAT16, 16, 7, 3, 9].map((dataType) => floatBytes(tensor({ dataType })))).toEqual([4, 2, 2, ...Array(3)]);
});

test.for([
  ["too few", tensor({ rawData: bytes.subarray(0, 20) }), 'expected 24 bytes of the weight "w", got 20'],
  ["none", tensor({}), "got 0"],
  ["in no file", external({ location: "nowhere", length: "24" }), "cannot be read from the file nowhere"],
  ["behind a file's end", external({ location: "weights", offset: "30", length: "24" }), "cannot be read from the file weights"],
  ["outside the folder", external({ location: "../weights", length: "24" }), "cannot be read from the file ../weights"],
] as const)("Numbers that are %s are refused", async ([, given, sentence]) => {
  await expect(readFloats(given, folder)).rejects.toMatchObject({
    code: "MODEL_UNUSABLE",
    message: expect.stringContaining(sentence),
  });
});
