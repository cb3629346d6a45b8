import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeModel } from "../../lib/onnx/model.ts";
import { readCatalog } from "../../lib/vit/catalog/catalog.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { golden, largestDifference } from "../golden/golden.ts";
import { tinyFile, tinyManifest } from "./tiny-models.ts";
import { readModel } from "../onnx/read-model.ts";

const models = fileURLToPath(new URL("../../models", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Puts a model's manifest, as it is given, into the folder. */
async function install(name: string, manifest: object | string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, "manifest.json"), typeof manifest === "string" ? manifest : JSON.stringify(manifest));
}

/** Puts the tiny Swin into the folder as Hugging Face lays out a model. */
async function installFromHub(name: string, config: object = {}, processor: object = {}): Promise<void> {
  await mkdir(join(folder, name, "onnx"), { recursive: true });
  const id2label = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i, `label ${i}`]));
  await writeFile(join(folder, name, "config.json"), JSON.stringify({ model_type: "swin", image_size: 64, id2label, ...config }));
  await writeFile(
    join(folder, name, "preprocessor_config.json"),
    JSON.stringify({
      size: { height: 64, width: 64 },
      image_mean: [0.1, 0.2, 0.3],
      image_std: [0.4, 0.5, 0.6],
      resample: 3,
      ...processor,
    }),
  );
  await writeFile(join(folder, name, "README.md"), "---\ntags:\n- vision\nlicense: apache-2.0\n---\n# Swin\n");
  await writeFile(join(folder, name, "onnx", "model.onnx"), tinyFile("tiny_swin_op17.onnx"));
}

test("The model of the repository is complete, and the default", async () => {
  const catalog = await readCatalog([models]);
  const model = catalog.get("emoji-vit");
  expect(catalog.default).toBe(model);
  expect(model.manifest).toMatchObject({
    labels: expect.arrayContaining(["turtle"]),
    embedding: { grid: [14, 14], channels: 192 },
  });
  expect(model.manifest.labels.length).toBe(40);
  await using classifier = await openClassifier(model, { threads: 1 });
  expect(classifier).toMatchObject({ height: 224, width: 224, classes: 40 });
});

test("Models are read from several folders in order; what is no model's folder is passed over", async () => {
  await install("b", tinyManifest({ id: "b" }));
  await install("a", tinyManifest({ id: "a" }));
  await mkdir(join(folder, "empty"));
  await writeFile(join(folder, "README.md"), "");
  const catalog = await readCatalog([folder, models]);
  expect(catalog.models.map(({ manifest }) => manifest.id)).toEqual(["a", "b", "emoji-vit"]);
  expect(catalog.default.manifest.id).toBe("emoji-vit");
  expect((await readCatalog([folder])).default.manifest.id).toBe("a");
  expect(catalog.get("b")).toMatchObject({ folder: join(folder, "b"), manifest: { embedding: {} } });
});

test("A model's digest is of what its manifest says, not of how it is written", async () => {
  const manifest = tinyManifest({ id: "a" });
  const digest = async (written: object) => {
    await install("a", written);
    return (await readCatalog([folder])).get("a").digest;
  };
  const first = await digest(manifest);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(await digest(Object.fromEntries(Object.entries(manifest).toReversed()))).toBe(first);
  expect(await digest({ ...manifest, sha256: "1".repeat(64) })).not.toBe(first);
  expect(await digest({ ...manifest, labels: manifest.labels.toReversed() })).not.toBe(first);
});

test("An unknown model is refused with those there are, and with the one that is meant", async () => {
  await install("vit-tiny", tinyManifest({ id: "vit-tiny" }));
  const catalog = await readCatalog([folder, models]);
  const refusal = (message: string) => expect.objectContaining({ code: "MODEL_UNKNOWN", message });
  expect(() => catalog.get("emojivit")).toThrow(
    refusal('There is no model "emojivit"; there is "vit-tiny", "emoji-vit". Did you mean "emoji-vit"?'),
  );
  expect(() => catalog.get("resnet")).toThrow(refusal('There is no model "resnet"; there is "vit-tiny", "emoji-vit".'));
});

test.for([
  ["is not JSON", "{", "manifest.json is not JSON."],
  ["lacks a key", { ...tinyManifest({ id: "bad" }), labels: undefined }, /manifest.json cannot be used: .*labels/s],
  ["has a key too many", { ...tinyManifest({ id: "bad" }), size: 3 }, /manifest.json cannot be used: .*"size"/s],
  ["has another id than its folder", tinyManifest({ id: "good" }), 'expected the id "bad", as its folder is named, got "good".'],
] as const)("A manifest that %s is refused with its file's name", async ([, manifest, sentence]) => {
  await install("bad", manifest);
  await expect(readCatalog([folder])).rejects.toMatchObject({
    code: "MODEL_UNUSABLE",
    message: expect.stringContaining(join(folder, "bad", "manifest.json")),
  });
  await expect(readCatalog([folder])).rejects.toThrow(sentence);
});

test("No model, a folder that is not there, and two models of one name are refused", async () => {
  await expect(readCatalog([folder])).rejects.toThrow(`Found no model in "${folder}".`);
  await expect(readCatalog([join(folder, "none")])).rejects.toThrow(
    `The models folder "${join(folder, "none")}" cannot be read.`,
  );
  await mkdir(join(folder, "emoji-vit"));
  await cp(join(models, "emoji-vit", "manifest.json"), join(folder, "emoji-vit", "manifest.json"));
  await expect(readCatalog([models, folder])).rejects.toThrow("hold models of one name; rename one.");
});

test("A model in Hugging Face's layout needs no manifest", async () => {
  await installFromHub("swin");
  const model = (await readCatalog([folder])).get("swin");
  expect(model.manifest).toEqual({
    id: "swin",
    title: "swin",
    licence: "apache-2.0",
    file: "onnx/model.onnx",
    sha256: createHash("sha256").update(tinyFile("tiny_swin_op17.onnx")).digest("hex"),
    labels: Array.from({ length: 10 }, (_, i) => `label ${i}`),
    input: {
      height: 64,
      width: 64,
      mean: [0.1, 0.2, 0.3],
      sd: [0.4, 0.5, 0.6],
      resize: { fit: "stretch" },
      interpolation: "bicubic",
    },
    output: "logits",
    embedding: {},
    delta: 0.05,
  });
  await using classifier = await openClassifier(model, { threads: 1 });
  const { probabilities } = await classifier.classify({ shape: [3, 64, 64], data: golden("input").data });
  expect(largestDifference(probabilities, golden("vitcx_swin/probs").data)).toBeLessThan(1e-6);
});

test("Weights beside the file of a model in Hugging Face's layout are of the model", async () => {
  await installFromHub("swin");
  const data = "onnx/model.onnx_data";
  const model = readModel(tinyFile("tiny_swin_op17.onnx"));
  const weight = model.graph.initializer.find(({ rawData }) => rawData.length > 1000)!;
  const { rawData, externalData } = weight;
  const entry = { $typeName: "onnx.StringStringEntryProto", key: "location", value: "model.onnx_data" } as const;
  Object.assign(weight, { rawData: new Uint8Array(), externalData: [...externalData, entry], dataLocation: 1 });
  await writeFile(join(folder, "swin", "onnx", "model.onnx"), writeModel(model));
  await expect(readCatalog([folder])).rejects.toThrow(`the file ${data} cannot be read`);

  const digests = [];
  for (const weights of [rawData, rawData.map((byte) => byte ^ 1)]) {
    await writeFile(join(folder, "swin", data), weights);
    const { manifest, digest } = (await readCatalog([folder])).get("swin");
    expect(manifest.data).toEqual([{ file: data, sha256: createHash("sha256").update(weights).digest("hex") }]);
    digests.push(digest);
  }
  expect(new Set(digests).size).toBe(2);
});

test.for([
  [
    "a gap in its labels",
    { id2label: { 0: "a", 2: "c" } },
    {},
    /config.json cannot be used: id2label: expected one label for each number from 0 or 1 on, got none for 1/,
  ],
  ["an unknown interpolation", {}, { resample: 5 }, /preprocessor_config.json cannot be used: .*vitcx knows nearest/s],
  ["no size", { image_size: null }, { size: null }, "preprocessor_config.json is missing, or names no image size."],
] as const)(
  "A model in Hugging Face's layout with %s is refused with its file's name",
  async ([, config, processor, sentence]) => {
    await installFromHub("swin", config, processor);
    await expect(readCatalog([folder])).rejects.toThrow(sentence);
  },
);

test.for(["preprocessor_config.json", "onnx/model.onnx"])(
  "A model in Hugging Face's layout without %s is refused",
  async (file) => {
    await installFromHub("swin");
    await rm(join(folder, "swin", file));
    await expect(readCatalog([folder])).rejects.toMatchObject({
      code: "MODEL_UNUSABLE",
      message: expect.stringContaining(join(folder, "swin", file)),
    });
  },
);

test("A model that cannot be used is told, and keeps no other from being read", async () => {
  await install("bad", "{");
  await install("good", tinyManifest({ id: "good" }));
  await install(".adding-x", tinyManifest({ id: "good" }));
  const catalog = await readCatalog([folder]);
  const message = `The file ${join(folder, "bad", "manifest.json")} is not JSON.`;
  expect(catalog.models.map(({ manifest }) => manifest.id)).toEqual(["good"]);
  expect(catalog.problems).toEqual([{ folder: join(folder, "bad"), message }]);
  expect(() => catalog.get("bad")).toThrow(expect.objectContaining({ code: "MODEL_UNUSABLE", message }));
});

test("A picture cannot be cut out of a smaller one", async () => {
  const { input } = tinyManifest();
  await install("bad", tinyManifest({ id: "bad", input: { ...input, resize: { fit: "crop", shortestEdge: 63 } } }));
  await expect(readCatalog([folder])).rejects.toThrow("expected resize.shortestEdge to be at least the width and the height");
});
