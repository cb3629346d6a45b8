import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { downloadModel } from "../../../lib/vit/catalog/hugging-face-hub.ts";
import { tinyFile } from "../tiny-models.ts";
import { hubServer } from "./hub-server.ts";

const repository = "someone/vit-tiny";
const text = (content: string) => new TextEncoder().encode(content);
const model = tinyFile("tiny_vit_op17.onnx");
const files = {
  "README.md": text("# ViT\n"),
  "config.json": text("{}"),
  "preprocessor_config.json": text("{ }"),
  "pytorch_model.bin": text("x".repeat(5000)),
  "onnx/model.onnx": model,
  "onnx/model.onnx_data": text("y".repeat(3000)),
  "onnx/model_quantized.onnx": text("z".repeat(3000)),
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterEach(() => rm(folder, { recursive: true }));

const names = async () => (await readdir(folder, { recursive: true })).filter((name) => name.includes(".")).toSorted();

test("What explains a model is downloaded, with its external data and no more; its progress is told", async () => {
  await using hub = await hubServer(repository, files);
  const progress: [number, number][] = [];
  const onProgress = (done: number, total: number) => void progress.push([done, total]);
  expect(await downloadModel(repository, folder, { endpoint: `${hub.url}/`, onProgress })).toEqual({
    file: "onnx/model.onnx",
    why: "took onnx/model.onnx, for it is in float32; there are also onnx/model_quantized.onnx (--file takes another)",
  });
  const wanted = ["README.md", "config.json", "onnx/model.onnx", "onnx/model.onnx_data", "preprocessor_config.json"] as const;
  expect(await names()).toEqual(wanted);
  for (const name of wanted) expect(Buffer.compare(await readFile(join(folder, name)), files[name])).toBe(0);
  const total = wanted.reduce((sum, name) => sum + files[name].length, 0);
  expect(progress.at(-1)).toEqual([total, total]);
  expect(progress.map(([done]) => done)).toEqual(progress.map(([done]) => done).toSorted((a, b) => a - b));
});

test("A download that breaks is resumed from where it ended, and what is there is not asked for again", async () => {
  await using hub = await hubServer(repository, files);
  hub.breakAfter = 300_000;
  await expect(downloadModel(repository, folder, { endpoint: hub.url })).rejects.toMatchObject({
    code: "MODEL_UNUSABLE",
    message: expect.stringContaining(`The repository ${repository} cannot be downloaded: `),
  });
  const partial = (await names()).find((name) => name.endsWith(".part"))!;
  const had = (await readFile(join(folder, partial))).length;
  expect(had).toBeGreaterThan(0);
  hub.requests.length = 0;
  await downloadModel(repository, folder, { endpoint: hub.url });
  expect(Buffer.compare(await readFile(join(folder, "onnx/model.onnx")), model)).toBe(0);
  const content = hub.requests.filter(({ range }) => range !== "bytes=0-0");
  expect(content).toContainEqual({
    path: `/${repository}/resolve/main/onnx/model.onnx`,
    range: `bytes=${had}-${model.length - 1}`,
  });
  expect(content.map(({ path }) => path)).not.toContain(`/${repository}/resolve/main/config.json`);
});

test("Content with another hash than the hub's is refused, and not kept", async () => {
  await using hub = await hubServer(repository, files, { corrupt: "onnx/model.onnx" });
  await expect(downloadModel(repository, folder, { endpoint: hub.url })).rejects.toThrow(
    "onnx/model.onnx came with other content",
  );
  expect(await names()).not.toContain("onnx/model.onnx");
  expect((await names()).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("A repository that is not public wants the token", async () => {
  await using hub = await hubServer(repository, files, { token: "hf_secret" });
  await expect(downloadModel(repository, folder, { endpoint: hub.url })).rejects.toThrow("HF_TOKEN must be set");
  expect((await downloadModel(repository, folder, { endpoint: hub.url, token: "hf_secret" })).file).toBe("onnx/model.onnx");
});

test("An unknown repository, and a hub that is not there, are told", async () => {
  await using hub = await hubServer(repository, files);
  await expect(downloadModel("someone/else", folder, { endpoint: hub.url })).rejects.toThrow(
    "The hub does not give the repository someone/else: there is none.",
  );
  await hub[Symbol.asyncDispose]();
  await expect(downloadModel(repository, folder, { endpoint: hub.url })).rejects.toMatchObject({
    code: "MODEL_UNUSABLE",
    message: expect.stringContaining("cannot be downloaded"),
  });
});

test("The file that is named is taken, and that there are others is nothing to say", async () => {
  await using hub = await hubServer(repository, files);
  const file = "onnx/model_quantized.onnx";
  expect(await downloadModel(repository, folder, { endpoint: hub.url, file })).toEqual({ file });
  expect(await names()).not.toContain("onnx/model.onnx_data");
  await expect(downloadModel(repository, folder, { endpoint: hub.url, file: "model_q4.onnx" })).rejects.toThrow(
    "holds onnx/model.onnx, onnx/model_quantized.onnx; say which with --file.",
  );
});

const also = (others: string) => `; there are also ${others} (--file takes another)`;

test.for([
  [
    ["onnx/model_quantized.onnx", "onnx/model_fp16.onnx", "onnx/model.onnx"],
    2,
    "for it is in float32" + also("onnx/model_fp16.onnx, onnx/model_quantized.onnx"),
  ],
  [["model.onnx", "onnx/model.onnx"], 1, "for it is in float32" + also("model.onnx")],
  [
    ["onnx/model_q4f16.onnx", "onnx/model_quantized.onnx", "onnx/model_fp16.onnx"],
    2,
    "for there is none in float32, and this is in float16" + also("onnx/model_quantized.onnx, onnx/model_q4f16.onnx"),
  ],
  [
    ["onnx/model_q4.onnx", "onnx/model_int8.onnx"],
    1,
    "for there is none in float32 or float16, and this is in 8 bits" + also("onnx/model_q4.onnx"),
  ],
  [["onnx/vision_model.onnx", "onnx/text_model.onnx", "onnx/model.onnx"], 2, undefined],
  [["vit_b-half.onnx", "vit_b-fp32.onnx"], 1, "for it is in float32" + also("vit_b-half.onnx")],
  [["onnx/model_bnb4.onnx"], 0, undefined],
] as const)("Of %j the one in place %i is taken, with the reason", async ([paths, index, why]) => {
  await using hub = await hubServer(repository, Object.fromEntries(paths.map((path) => [path, text(path)])));
  const taken = await downloadModel(repository, folder, { endpoint: hub.url });
  const file = paths[index]!;
  expect(taken).toEqual(why === undefined ? { file } : { file, why: `took ${file}, ${why}` });
  expect(await names()).toEqual([file]);
});

test("Of the parts of a model none is taken without being named", async () => {
  await using hub = await hubServer(repository, { "onnx/vision_model.onnx": text("v"), "onnx/text_model.onnx": text("t") });
  await expect(downloadModel(repository, folder, { endpoint: hub.url })).rejects.toThrow(
    "holds onnx/vision_model.onnx, onnx/text_model.onnx; say which with --file.",
  );
});

test("A repository without an ONNX file is answered with the command that makes one", async () => {
  await using hub = await hubServer(repository, { "config.json": text("{}"), "model.safetensors": text("x".repeat(2000)) });
  await expect(downloadModel(repository, folder, { endpoint: hub.url })).rejects.toThrow(
    "optimum-cli export onnx --model someone/vit-tiny --task image-classification --opset 17 vit-tiny-onnx",
  );
  expect(await names()).toEqual([]);
});
