import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { externalFiles } from "../../lib/onnx/external-data.ts";
import { readModelFile } from "../../lib/onnx/model-file.ts";
import { tinyFile } from "../vit/tiny-models.ts";
import { readModel } from "./read-model.ts";

const bytes = tinyFile("tiny_vit_op17.onnx");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(content: Uint8Array | string) {
  await writeFile(join(folder, "model.onnx"), content);
  return readModelFile(join(folder, "model.onnx"));
}

test("A file read without its weights is the same graph, its large weights lying where they are", async () => {
  const model = await read(bytes);
  const whole = readModel(bytes);
  expect(model.graph.node).toEqual(whole.graph.node);
  expect(model.opsetImport).toEqual(whole.opsetImport);
  expect(externalFiles(model)).toEqual(["model.onnx"]);
  expect(model.graph.initializer.length).toBe(whole.graph.initializer.length);
  let large = 0;
  model.graph.initializer.forEach((tensor, i) => {
    const { name, dims, rawData } = whole.graph.initializer[i]!;
    expect([tensor.name, tensor.dims]).toEqual([name, dims]);
    const { offset, length } = Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, Number(value)]));
    const data = offset === undefined ? tensor.rawData : bytes.subarray(offset, offset + length!);
    expect(Buffer.compare(data, rawData)).toBe(0);
    if (offset !== undefined) large++;
  });
  expect(large).toBeGreaterThan(10);
});

test.for([
  ["empty", "", "the file is empty"],
  ["text", "# A model\n\nIt is elsewhere.", "the file is not an ONNX model"],
  ["a pointer of Git LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"],
  ["cut short", bytes.subarray(0, 200_000), `cut short: expected at least ${bytes.length - 4} bytes, got 200000`],
  ["a header alone", bytes.subarray(0, 2), "the file is not an ONNX model"],
] as const)("A file that is %s is refused", async ([, content, sentence]) => {
  await expect(read(content)).rejects.toMatchObject({ code: "MODEL_UNUSABLE", message: expect.stringContaining(sentence) });
});

test("A file that is cut or damaged anywhere is read or refused with a sentence, and nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(bytes.length),
      fc.array(fc.tuple(fc.nat(60_000), fc.nat(255)), { maxLength: 3 }),
      async (end, changes) => {
        const damaged = bytes.slice(0, end);
        for (const [at, value] of changes) if (at < end) damaged[at] = value;
        const error: unknown = await read(damaged).then(
          () => undefined,
          (caught: unknown) => caught,
        );
        if (error !== undefined) expect(error).toMatchObject({ name: "CodedError", code: "MODEL_UNUSABLE" });
      },
    ),
    { numRuns: 150 },
  );
});
