import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FLOAT16, FLOAT32, floatTensor, int64Vector, node, withGraph, writeModel } from "../../lib/onnx/model.ts";
import type { OnnxModel } from "../../lib/onnx/model.ts";
import type { Manifest } from "../../lib/vit/catalog/manifest.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { golden, largestDifference } from "../golden/golden.ts";
import { tinyFile, tinyModel } from "./tiny-models.ts";
import { readModel } from "../onnx/read-model.ts";
import { first } from "../first.ts";

const vit = "tiny_vit_op17.onnx";
const image = { shape: [3, 64, 64], data: golden("input").data };
const probabilities = golden("vitcx_vit/probs").data;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Opens an edited copy of the tiny ViT and classifies the reference's image. */
async function classify(edit: (model: OnnxModel) => OnnxModel, changes: Partial<Manifest> = {}) {
  await writeFile(join(folder, "model.onnx"), writeModel(edit(readModel(tinyFile(vit)))));
  const classifier = await openClassifier(tinyModel("model.onnx", changes, folder), { threads: 1 });
  const classification = await classifier.classify(image);
  await classifier[Symbol.asyncDispose]();
  return classification;
}

/** What opening says, for a model that cannot be opened. */
async function refusal(edit: (model: OnnxModel) => OnnxModel, changes: Partial<Manifest> = {}): Promise<string> {
  const error: unknown = await classify(edit, changes).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "MODEL_UNUSABLE" });
  return (error as Error).message;
}

const unedited = (model: OnnxModel) => model;

test("A model that puts out probabilities gets no second softmax", async () => {
  const softmax = (model: OnnxModel) =>
    withGraph(model, {
      node: [...model.graph.node, node("Softmax", ["logits"], ["scores"], { axis: -1 })],
      output: [floatTensor("scores", ["batch", 10])],
    });
  const classification = await classify(softmax, { output: "probabilities" });
  expect(largestDifference(classification.probabilities, probabilities)).toBeLessThan(1e-6);
});

test("The scores are found among other outputs by the number of labels", async () => {
  const more = (model: OnnxModel) =>
    withGraph(model, { output: [floatTensor("/norm/LayerNormalization_output_0"), ...model.graph.output] });
  const classification = await classify(more);
  expect(largestDifference(classification.probabilities, probabilities)).toBeLessThan(1e-6);
});

test("A graph may use the probe's own names", async () => {
  const named = (model: OnnxModel) =>
    withGraph(model, { node: [...model.graph.node, node("Identity", ["logits"], ["vitcx/keep"])] });
  const classification = await classify(named);
  expect(largestDifference(classification.probabilities, probabilities)).toBeLessThan(1e-6);
});

test("The manifest may name another tensor as the patch embeddings", async () => {
  const { embeddings } = await classify(unedited, { embedding: { tensor: "/blocks.0/norm1/LayerNormalization_output_0" } });
  expect(embeddings.shape).toEqual([48, 8, 8]);
  expect(largestDifference(embeddings.data, golden("vitcx_vit/features").data)).toBeGreaterThan(0.1);
});

test("Weights may lie in a file beside the model", async () => {
  const weights: Uint8Array[] = [];
  const external = (model: OnnxModel) => {
    for (const tensor of model.graph.initializer) {
      const offset = weights.reduce((sum, { length }) => sum + length, 0);
      const place = { location: "weights.bin", offset: String(offset), length: String(tensor.rawData.length) };
      weights.push(tensor.rawData);
      tensor.externalData = Object.entries(place).map(([key, value]) => ({
        $typeName: "onnx.StringStringEntryProto",
        key,
        value,
      }));
      tensor.dataLocation = 1;
      Reflect.deleteProperty(tensor, "rawData");
    }
    return model;
  };
  const model = external(readModel(tinyFile(vit)));
  expect(writeModel(model).length).toBeLessThan(100_000);
  expect(await refusal(() => model)).toBe('Model "tiny": the file weights.bin cannot be read.');
  await writeFile(join(folder, "weights.bin"), Buffer.concat(weights));
  const classification = await classify(() => model);
  expect(largestDifference(classification.probabilities, probabilities)).toBeLessThan(1e-6);
});

test("A model's files may be links to where they lie, as in a cache of downloads", async () => {
  await mkdir(join(folder, "blobs"));
  await mkdir(join(folder, "snapshot"));
  await writeFile(join(folder, "blobs", "a1b2"), tinyFile(vit));
  await symlink(join("..", "blobs", "a1b2"), join(folder, "snapshot", "model.onnx"));
  await using classifier = await openClassifier(tinyModel("model.onnx", {}, join(folder, "snapshot")), { threads: 1 });
  const classification = await classifier.classify(image);
  expect(largestDifference(classification.probabilities, probabilities)).toBeLessThan(1e-6);
});

test("Weights other than those the manifest is for are refused", async () => {
  expect(await refusal(unedited, { sha256: "0".repeat(64) })).toMatch(
    /^Model "tiny": expected model.onnx to have the SHA-256 0{64} as the manifest says, got [0-9a-f]{64}\.$/,
  );
});

test("A missing file, and one outside the model's folder, are refused", async () => {
  expect(await refusal(unedited, { file: "other.onnx" })).toBe('Model "tiny": the file other.onnx cannot be read.');
  expect(await refusal(unedited, { file: "../model.onnx" })).toBe(
    'Model "tiny": the file ../model.onnx lies outside the model\'s folder.',
  );
});

const ones = { shape: [1, 1, 1], data: Float32Array.of(1) };
const threeKeeps = { shape: [3, 1, 1], data: Float32Array.of(1, 0.5, 0) };
const fills = { shape: [3, 3, 64, 64], data: Float32Array.from({ length: 9 * 4096 }, (_, i) => Math.sin(i)) };

test.for([
  ["by its input", (model: OnnxModel) => withGraph(model, { input: [floatTensor("input", [1, 3, 64, 64])] })],
  [
    "inside the graph",
    (model: OnnxModel) =>
      withGraph(model, {
        initializer: [...model.graph.initializer, int64Vector("one image", [1, 10])],
        node: [...model.graph.node, node("Reshape", ["logits", "one image"], ["scores"])],
        output: [floatTensor("scores", ["batch", 10])],
      }),
  ],
] as const)("A model exported for one image, %s, is asked for one variant at a time", async ([, edit]) => {
  await writeFile(join(folder, "model.onnx"), writeModel(edit(readModel(tinyFile(vit)))));
  await using single = await openClassifier(tinyModel("model.onnx", {}, folder), { threads: 1, batchSize: 4 });
  await using any = await openClassifier(tinyModel(vit), { threads: 1 });
  expect([single.batchSize, any.batchSize]).toEqual([1, 4]);
  const variants = { image, keep: threeKeeps, gate: ones, fill: fills };
  const scores = await single.probe(variants);
  expect(scores.shape).toEqual([3, 10]);
  expect(largestDifference(scores.data, (await any.probe(variants)).data)).toBeLessThan(1e-6);
});

test("A model exported for a batch of several images is refused, with what to do", async () => {
  const fixed = (model: OnnxModel) => withGraph(model, { input: [floatTensor("input", [8, 3, 64, 64])] });
  expect(await refusal(fixed)).toBe(
    'Model "tiny": the graph takes batches of exactly 8; export the model again with a dynamic batch axis.',
  );
});

test("A model may take and give half precision", async () => {
  const half = (model: OnnxModel) => {
    const [input] = first(1, model.graph.input);
    if (input.type?.value.case === "tensorType") input.type.value.value.elemType = FLOAT16;
    input.name = "half";
    const widen = node("Cast", ["half"], ["input"], { to: FLOAT32 });
    return withGraph(model, { input: [input], node: [widen, ...model.graph.node] });
  };
  const classification = await classify(half);
  expect(largestDifference(classification.probabilities, probabilities)).toBeLessThan(5e-3);
});

test.for([
  [
    "labels than scores",
    { labels: ["a", "b"] },
    "expected an output [any, 2], as many as there are labels, got logits [any, 10].",
  ],
  [
    "pixels than the graph",
    { input: { ...tinyModel(vit).manifest.input, height: 32 } },
    'expected the input "input" to be [any, 3, 32, 64] as the manifest says, got [any, 3, 64, 64].',
  ],
  [
    "tensors than the graph",
    { embedding: { tensor: "x" } },
    'the graph has no tensor "x", which the manifest names as embedding.tensor.',
  ],
  ["tokens than the graph", { embedding: { prefixTokens: 2 } }, "expected patch embeddings of 2 prefix tokens"],
] as const)("A manifest that knows of other %s is refused", async ([, changes, sentence]) => {
  expect(await refusal(unedited, changes as Partial<Manifest>)).toContain(`Model "tiny": ${sentence}`);
});

test("A model with an operator that ONNX Runtime does not have is refused by its name", async () => {
  const unknown = (model: OnnxModel) => withGraph(model, { node: [...model.graph.node, node("Unheard", ["logits"], ["x"])] });
  expect(await refusal(unknown)).toBe(
    'Model "tiny": ONNX Runtime cannot load it: it does not have the operator or domain Unheard.',
  );
});

test("External data with another hash than the manifest's are refused", async () => {
  await writeFile(join(folder, "weights.bin"), "other");
  const data = [{ file: "weights.bin", sha256: "0".repeat(64) }];
  expect(await refusal(unedited, { data })).toContain("expected weights.bin to have the SHA-256 000");
});
