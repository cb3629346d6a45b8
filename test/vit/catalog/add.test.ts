import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addModel } from "../../../lib/vit/catalog/add.ts";
import { type Facts, readLabels } from "../../../lib/vit/catalog/facts.ts";
import { findModel } from "../../../lib/vit/catalog/model-source.ts";
import { removeModel } from "../../../lib/vit/catalog/remove.ts";
import { passed, verifyModel } from "../../../lib/vit/catalog/verify.ts";
import { node, withGraph, writeModel } from "../../../lib/onnx/model.ts";
import { normaliseMap } from "../../../lib/saliency-map/normalise.ts";
import { readCatalog } from "../../../lib/vit/catalog/catalog.ts";
import { openClassifier } from "../../../lib/vit/runtime/onnx-classifier.ts";
import { saliencyOf, type VitCxEvidence } from "../../../lib/methods/vit-cx/evidence.ts";
import { ofClass } from "../../methods/of-class.ts";
import { explain } from "../../../lib/methods/vit-cx/explain.ts";
import { cases, extent, goldenNoise, mergedMasks } from "../../golden/cases.ts";
import { golden, goldenScalar, largestDifference } from "../../golden/golden.ts";
import { tinyFile, tinyGraphs } from "../tiny-models.ts";
import { readModel } from "../../onnx/read-model.ts";

const tiny = fileURLToPath(new URL("../../golden/models/", import.meta.url));
const picture = fileURLToPath(new URL("../../../models/emoji-vit/examples/crab.png", import.meta.url));
const labels = Array.from({ length: 10 }, (_, i) => `class ${i}`);
const half: [number, number, number] = [0.5, 0.5, 0.5];
const known: Facts = { labels, mean: half, sd: half };
const elevenLabels: Facts = { ...known, labels: [...labels, "x"] };
const oddId: Facts = { ...known, id: "../x" };
const threads = { threads: 1 };

let folder: string;
let models: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
  models = join(folder, "models");
});
afterEach(() => rm(folder, { recursive: true }));

const add = async (path: string, facts: Facts = known, file?: string) =>
  addModel(models, await findModel(path, file), facts, threads);

/** Puts the tiny Swin into a folder as Hugging Face lays out a model. */
async function swinOfTheHub(): Promise<string> {
  const place = join(folder, "hub", "swin-tiny");
  await mkdir(join(place, "onnx"), { recursive: true });
  const config = { model_type: "swin", id2label: Object.fromEntries(labels.entries()) };
  const processor = { size: { height: 64, width: 64 }, image_mean: [0.1, 0.2, 0.3], image_std: half, resample: 3 };
  await writeFile(join(place, "config.json"), JSON.stringify(config));
  await writeFile(join(place, "preprocessor_config.json"), JSON.stringify(processor));
  await writeFile(join(place, "README.md"), "---\nlicense: mit\n---\n");
  await writeFile(join(place, "onnx", "model.onnx"), tinyFile("tiny_swin_op17.onnx"));
  return place;
}

test.for(cases)(
  "The $name is added from its file alone, and its whole chain equals the authors' numbers",
  async ({ folder: reference, file }) => {
    const { tensor, prefixTokens } = tinyGraphs.find((each) => each.file === file)!;
    await add(join(tiny, file));
    const catalog = await readCatalog([models]);
    const { manifest } = catalog.default;
    expect(manifest.embedding).toEqual({ tensor, grid: [8, 8], prefixTokens, channels: 48 });
    expect(manifest).toMatchObject({ id: file.slice(0, -5), file, output: "logits", delta: file.includes("swin") ? 0.05 : 0.1 });

    await using classifier = await openClassifier(catalog.default, { ...threads, batchSize: 5 });
    const image = { shape: [3, 64, 64], data: golden("input").data };
    const { labelOf } = mergedMasks(reference);
    const steps = explain(
      classifier,
      image,
      { delta: goldenScalar(`${reference}/delta`), noiseSd: 0.1, seed: 1 },
      goldenNoise(labelOf),
    );
    const evidence = await result(steps);
    expect(evidence.tensors.masks.shape[0]).toBe(goldenScalar(`${reference}/K`));
    const map = normaliseMap(saliencyOf(ofClass(evidence, goldenScalar(`${reference}/target`)), extent));
    expect(largestDifference(map.data, golden(`${reference}/saliency`).data)).toBeLessThan(1e-4);
  },
);

test("A folder of Hugging Face's layout says all that there is to know, and what the caller says goes before it", async () => {
  const place = await swinOfTheHub();
  const { model, inspection } = await add(place, {});
  expect(inspection.family).toBe("swin");
  expect(model.manifest).toEqual({
    id: "swin-tiny",
    title: "swin-tiny",
    licence: "mit",
    file: "model.onnx",
    sha256: createHash("sha256").update(tinyFile("tiny_swin_op17.onnx")).digest("hex"),
    labels,
    input: { width: 64, height: 64, mean: [0.1, 0.2, 0.3], sd: half, resize: { fit: "stretch" }, interpolation: "bicubic" },
    output: "logits",
    embedding: {
      tensor: tinyGraphs.find(({ file }) => file === "tiny_swin_op17.onnx")!.tensor,
      grid: [8, 8],
      prefixTokens: 0,
      channels: 48,
    },
    placeCheck: { patches: 25, share: 1, own: 1 },
    delta: 0.05,
  });
  const other = await add(join(place, "onnx", "model.onnx"), { id: "other", mean: half, delta: 0.2 });
  expect(other.model.manifest).toMatchObject({
    id: "other",
    licence: "mit",
    delta: 0.2,
    input: { mean: half, interpolation: "bicubic" },
  });
  expect((await readCatalog([models])).models.map(({ manifest }) => manifest.id)).toEqual(["other", "swin-tiny"]);
});

test("A file's weights beside it come along, with their hashes", async () => {
  const model = readModel(tinyFile("tiny_vit_op17.onnx"));
  const tensor = model.graph.initializer.find(({ rawData }) => rawData.length > 5000)!;
  await writeFile(join(folder, "vit.onnx_data"), tensor.rawData);
  tensor.externalData = [{ $typeName: "onnx.StringStringEntryProto", key: "location", value: "vit.onnx_data" }];
  tensor.dataLocation = 1;
  const sha256 = createHash("sha256").update(tensor.rawData).digest("hex");
  Reflect.deleteProperty(tensor, "rawData");
  await writeFile(join(folder, "vit.onnx"), writeModel(model));
  const added = await add(join(folder, "vit.onnx"));
  expect(added.model.manifest.data).toEqual([{ file: "vit.onnx_data", sha256 }]);
  await rm(join(folder, "vit.onnx_data"));
  const { default: installed } = await readCatalog([models]);
  const verification = await verifyModel(installed, await readFile(picture), threads);
  expect(passed(verification)).toBe(true);
  await writeFile(join(installed.folder, "vit.onnx_data"), "other");
  await expect(openClassifier(installed)).rejects.toThrow("expected vit.onnx_data to have the SHA-256");
});

test("A model is verified on a picture: its classes, its masks, and the probe", async () => {
  const { model } = await add(join(tiny, "tiny_vit_op17.onnx"));
  const verification = await verifyModel(model, await readFile(picture), threads);
  const { classes, maps, masks, seconds, checks } = verification;
  expect(classes.length).toBe(5);
  expect(classes.map(({ probability }) => probability)).toEqual(
    classes.map(({ probability }) => probability).toSorted((a, b) => b - a),
  );
  expect([maps, masks > 1 && masks <= 48, seconds > 0]).toEqual([48, true, true]);
  expect(checks.map(({ difference, tolerance }) => difference <= tolerance)).toEqual([true, true, true]);
  expect(checks[0]!.tolerance).toBe(1e-6);
});

test("What is not known is asked for, each by its option, and nothing is written", async () => {
  await expect(add(join(tiny, "tiny_vit_op17.onnx"), {})).rejects.toThrow(
    /do not say its labels \(--labels FILE.*\), the mean of its input \(--mean .*\), and the standard deviation of its input \(--sd /,
  );
  await expect(readdir(models)).rejects.toMatchObject({ code: "ENOENT" });
});

test.for([
  ["cut short", () => tinyFile("tiny_vit_op17.onnx").subarray(0, 99_000), known, "is cut short: expected at least"],
  ["text", () => new TextEncoder().encode("a model"), known, "the file is not an ONNX model"],
  [
    "a model with fewer classes than labels",
    () => tinyFile("tiny_vit_op17.onnx"),
    elevenLabels,
    "expected an output [any, 11], as many as there are labels, got logits [any, 10]",
  ],
  [
    "a model with an operator of nobody's",
    () => edited((nodes) => [...nodes, node("Unheard", ["logits"], ["x"])]),
    known,
    "it does not have the operator or domain Unheard",
  ],
  [
    "a model that mixes the images of a batch",
    () =>
      edited((nodes) => [
        ...nodes.map((each) => (each.output[0] === "logits" ? { ...each, output: ["alone"] } : each)),
        node("ReduceMean", ["alone"], ["mean"], { keepdims: 1 }),
        node("Mul", ["alone", "mean"], ["logits"]),
      ]),
    known,
    "two images at once against one: expected at most 0.0001",
  ],
  ["a model of a name that no folder can have", () => tinyFile("tiny_vit_op17.onnx"), oddId, "id"],
] as const)("A file that is %s leaves nothing behind", async ([, bytes, facts, sentence]) => {
  const file = join(folder, "model.onnx");
  await writeFile(file, bytes());
  await expect(add(file, facts)).rejects.toMatchObject({ code: "MODEL_UNUSABLE", message: expect.stringContaining(sentence) });
  expect(await readdir(models).catch(() => [])).toEqual([]);
});

test("A name that is taken is refused, and the model that has it stays", async () => {
  await add(join(tiny, "tiny_vit_op17.onnx"), { ...known, id: "tiny" });
  await expect(add(join(tiny, "tiny_swin_op17.onnx"), { ...known, id: "tiny" })).rejects.toThrow("--id");
  expect((await readCatalog([models])).default.manifest.file).toBe("tiny_vit_op17.onnx");
});

test("What a process left that was killed while it added a model goes with the next one that is added", async () => {
  const [old, young] = [join(models, ".adding-7-old"), join(models, ".adding-8-young")];
  for (const each of [old, young]) await mkdir(each, { recursive: true });
  await writeFile(join(old, "model.onnx"), "half");
  const dayAgo = Date.now() / 1000 - 25 * 3600;
  await utimes(old, dayAgo, dayAgo);
  await add(join(tiny, "tiny_vit_op17.onnx"), { ...known, id: "tiny" });
  expect((await readdir(models)).toSorted()).toEqual([".adding-8-young", "tiny"]);
});

test("A model is removed, also one that cannot be used; an unknown one is told", async () => {
  await add(join(tiny, "tiny_vit_op17.onnx"), { ...known, id: "a" });
  await mkdir(join(models, "b"));
  await writeFile(join(models, "b", "manifest.json"), "{");
  await expect(removeModel([models], "c")).rejects.toThrow('There is no model "c"');
  await removeModel([models], "a");
  await removeModel([models], "b");
  expect(await readdir(models)).toEqual([]);
});

test("Of several files one must be named", async () => {
  for (const name of ["a.onnx", "b.onnx"]) await writeFile(join(folder, name), "");
  await expect(findModel(folder)).rejects.toThrow("say which with --file: a.onnx, b.onnx.");
  expect(await findModel(folder, "b.onnx")).toMatchObject({ file: join(folder, "b.onnx"), folder, name: basename(folder) });
  await expect(findModel(models)).rejects.toThrow(`There is no file or folder "${models}".`);
  await mkdir(models);
  await expect(findModel(models)).rejects.toThrow("holds no ONNX file");
});

test.for([
  ["labels.json", '["a", "b"]', ["a", "b"]],
  ["labels.json", '{"1": "b", "0": "a"}', ["a", "b"]],
  ["labels.txt", "a, the first\nb\n", ["a, the first", "b"]],
  ["labels.txt", "a\r\nb", ["a", "b"]],
] as const)("Labels are read from %s: %s", async ([name, text, expected]) => {
  await writeFile(join(folder, name), text);
  expect(await readLabels(join(folder, name))).toEqual(expected);
});

test("Labels with a gap, and labels that are not there, are told", async () => {
  await writeFile(join(folder, "labels.json"), '{"0": "a", "2": "c"}');
  await expect(readLabels(join(folder, "labels.json"))).rejects.toThrow("has no label for 1");
  await expect(readLabels(join(folder, "none.txt"))).rejects.toThrow("cannot be read");
  await expect(readLabels(join(folder, "none.json"))).rejects.toThrow("There is no file");
});

function edited(
  edit: (nodes: ReturnType<typeof readModel>["graph"]["node"]) => ReturnType<typeof readModel>["graph"]["node"],
): Uint8Array {
  const model = readModel(tinyFile("tiny_vit_op17.onnx"));
  return writeModel(withGraph(model, { node: edit(model.graph.node) }));
}

async function result(steps: AsyncGenerator<unknown, VitCxEvidence>): Promise<VitCxEvidence> {
  let step = await steps.next();
  while (!step.done) step = await steps.next();
  return step.value;
}
