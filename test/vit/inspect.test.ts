import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { floatTensor, node, withGraph, writeModel } from "../../lib/onnx/model.ts";
import type { OnnxModel } from "../../lib/onnx/model.ts";
import { readModelFile } from "../../lib/onnx/model-file.ts";
import { originalProbabilities } from "../../lib/vit/runtime/compare.ts";
import { inspectModel, InspectionRefused } from "../../lib/vit/catalog/inspect.ts";
import type { Hints } from "../../lib/vit/catalog/inspect.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { largestDifference } from "../golden/golden.ts";
import { shapedModel, vitSmall } from "./shaped-models.ts";
import type { Shape } from "./shaped-models.ts";
import { shapedSwin, swinSmall } from "./shaped-swin.ts";
import { tinyManifest, tinyModel } from "./tiny-models.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterAll(() => rm(folder, { recursive: true }));

const file = "model.onnx";

async function inspect(model: OnnxModel, hints: Hints = {}) {
  await writeFile(join(folder, file), writeModel(model));
  return inspectModel(await readModelFile(join(folder, file)), folder, hints, { threads: 1 });
}

const vit = (changes: Partial<Shape>) => shapedModel({ ...vitSmall, ...changes });
const plain = { family: "vit", grid: [4, 4], prefixTokens: 1, batch: "any", kind: "logits", why: "last block" };
const stages = { family: "swin", grid: [8, 8], prefixTokens: 0, why: "last block of stage 2 of 3, the second-to-last" };

describe.for([
  ["layer norms written out", () => vit({ norm: "decomposed" }), {}],
  ["layer norms that add first", () => vit({ norm: "with the sum" }), {}],
  ["ONNX Runtime's Attention", () => vit({ attention: "Attention" }), {}],
  ["both, as ONNX Runtime's optimiser writes them", () => vit({ attention: "Attention", norm: "with the sum" }), {}],
  ["ONNX Runtime's MultiHeadAttention", () => vit({ attention: "MultiHeadAttention" }), {}],
  ["Attention of operator set 23", () => vit({ attention: "Attention-23" }), {}],
  ["an export of one image", () => vit({ batch: 1 }), { batch: 1 }],
  ["probabilities", () => vit({ output: "probabilities" }), { kind: "probabilities" }],
  [
    "two heads on two tokens, as distilled DeiT",
    () => vit({ prefix: 2, head: "two tokens" }),
    { family: "deit", prefixTokens: 2 },
  ],
  ["registers after the class token", () => vit({ prefix: 5 }), { family: "vit-registers", prefixTokens: 5 }],
  ["registers and pooled patches", () => vit({ prefix: 4, head: "mean" }), { family: "vit-registers", prefixTokens: 4 }],
  ["pooled patches and no class token", () => vit({ prefix: 0, head: "mean" }), { family: "vit-pooled", prefixTokens: 0 }],
  ["windows and stages, as Swin", () => shapedSwin(swinSmall), stages],
  ["windows, and layer norms written out", () => shapedSwin({ ...swinSmall, norm: "decomposed" }), stages],
] as const)("A model with %s", ([, model, changes]) => {
  test("is told by its shape, and the probe on it is the model itself", async () => {
    const inspection = await inspect(model());
    const { family, input, output, embedding, why } = inspection;
    const { grid, prefixTokens } = embedding;
    const found = { family, grid, prefixTokens, batch: input.batch, kind: output.kind, why };
    expect(found).toEqual({ ...plain, ...changes });
    expect(embedding.channels).toBe(24);
    expect(output.classes).toBe(5);
    expect(inspection.blocks.filter(({ chosen }) => chosen).map(({ tensor }) => tensor)).toEqual([embedding.tensor]);
    expect(inspection.blocks.every(({ patches }) => patches !== undefined)).toBe(true);

    const labels = ["a", "b", "c", "d", "e"];
    const of32 = { ...tinyManifest().input, width: 32, height: 32 };
    const installed = tinyModel(file, { labels, input: of32, output: output.kind!, embedding }, folder);
    const image = { shape: [3, 32, 32], data: Float32Array.from({ length: 3 * 1024 }, (_, i) => Math.sin(i)) };
    await using classifier = await openClassifier(installed, { threads: 1 });
    const { probabilities, embeddings } = await classifier.classify(image);
    expect(embeddings.shape).toEqual([24, ...grid]);
    const original = await originalProbabilities(installed, image, { threads: 1 });
    expect(largestDifference(probabilities, original)).toBeLessThan(1e-6);
    expect(Math.max(...original) - Math.min(...original)).toBeGreaterThan(1e-3);
  });
});

test("A model in half precision is told, and the probe on it is the model itself", async () => {
  const exports = fileURLToPath(new URL("exports/", import.meta.url));
  const half = "vit-half-precision.onnx";
  const { family, input, embedding } = await inspectModel(await readModelFile(join(exports, half)), exports);
  expect([family, input.type, embedding.grid, embedding.prefixTokens]).toEqual(["vit", "float16", [8, 8], 1]);
  const installed = tinyModel(half, {}, exports);
  const image = { shape: [3, 64, 64], data: Float32Array.from({ length: 3 * 4096 }, (_, i) => Math.sin(i)) };
  await using classifier = await openClassifier(installed, { threads: 1 });
  const { probabilities } = await classifier.classify(image);
  expect(largestDifference(probabilities, await originalProbabilities(installed, image, { threads: 1 }))).toBeLessThan(1e-6);
});

test("A tensor that is named goes before the one that is found", async () => {
  const { blocks } = await inspect(vit({}));
  const inspection = await inspect(vit({}), { embedding: { tensor: blocks[0]!.tensor, prefixTokens: 1 } });
  expect(inspection).toMatchObject({ embedding: { tensor: blocks[0]!.tensor }, why: "named by the manifest or by --embedding" });
  expect(inspection.blocks.map(({ chosen }) => chosen)).toEqual([true, false, false]);
});

test("A graph for images of any size is inspected at the size that is said", async () => {
  const anySize = withGraph(vit({}), { input: [floatTensor("image", ["batch", 3, "height", "width"])] });
  await expect(inspect(anySize)).rejects.toThrow('the input "image" takes images of any size; say which with --size');
  expect(await inspect(anySize, { size: { height: 32, width: 32 } })).toMatchObject({ input: { height: 32, width: 32 } });
  await expect(inspect(anySize, { size: { height: 40, width: 32 } })).rejects.toThrow("cannot be run on 40 x 32 pixels");
});

const small = vit({});
test.for([
  ["words", withGraph(small, { input: [floatTensor("input_ids", ["batch", "sequence"])] }), "got [any, any]"],
  ["two inputs", withGraph(small, { input: [floatTensor("a"), floatTensor("b")] }), "the graph has a, b"],
  ["four channels", withGraph(small, { input: [floatTensor("image", ["batch", 4, 32, 32])] }), "got [any, 4, 32, 32]"],
  [
    "maps as output",
    withGraph(small, { output: [floatTensor("mask", ["batch", 5, 32, 32])] }),
    "[any, classes], got mask [any, 5, 32, 32]",
  ],
] as const)("A model with %s is no image classifier", async ([, model, sentence]) => {
  await expect(inspect(model)).rejects.toMatchObject({
    code: "MODEL_UNUSABLE",
    message: expect.stringMatching(/^this is not an image classifier that vitcx knows: /),
  });
  await expect(inspect(model)).rejects.toThrow(sentence);
});

test("A network without attention is told, and no tensor to name is spoken of", async () => {
  const convolutions = withGraph(small, {
    node: [node("Conv", ["image", "weight_0"], ["x"]), node("Identity", ["x"], [small.graph.output[0]!.name])],
  });
  await expect(inspect(convolutions)).rejects.toThrow(/^the graph has no attention by a softmax(?!.*--embedding)/);
});

test("Where no attention is of a known form, the norms that can be named are shown", async () => {
  const { embedding } = await inspect(small);
  const none = withGraph(small, {
    node: small.graph.node.map((each) => (each.opType === "Softmax" ? { ...each, opType: "Softplus", attribute: [] } : each)),
  });
  const gated = withGraph(none, { node: [...none.graph.node, node("Softmax", [embedding.tensor], ["unused"])] });
  const refusal = await inspect(gated).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(InspectionRefused);
  const { message, candidates } = refusal as InspectionRefused;
  expect(message).toMatch(/none of the graph's 1 softmaxes .* --embedding/);
  expect(candidates).toContainEqual({ tensor: embedding.tensor, shape: [1, 17, 24] });
  expect(await inspect(gated, { embedding: { tensor: embedding.tensor } })).toMatchObject({ embedding: { grid: [4, 4] } });
});

test("Stages of one width are told by their grids", async () => {
  const { embedding, family, why } = await inspect(shapedSwin({ ...swinSmall, depths: [1, 1, 1], widthFactor: 1 }));
  expect({ family, grid: embedding.grid, why }).toEqual({ family: "swin", grid: [8, 8], why: stages.why });
});
