import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { preprocess } from "../../lib/image/preprocess.ts";
import { decodeNpy } from "../../lib/tensor/npy.ts";
import { catalogOf, type InstalledModel } from "../../lib/vit/catalog/catalog.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { photograph } from "../image/images.ts";
import { addTailed, logitsOf, tailedFile, tails } from "../vit/tailed-models.ts";
import { tinyModel } from "../vit/tiny-models.ts";
import { startService } from "./service.ts";

const labels = Array.from({ length: 10 }, (_, i) => `label ${i}`);
const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Has the API explain a photograph by a model, and returns what it says of that. */
async function explained(model: InstalledModel, picture: Uint8Array, input: Record<string, unknown> = {}) {
  const service = await startService({}, () => ({ catalog: catalogOf(model) }));
  const id = await service.submit(picture, input);
  await service.work({
    openClassifier: async () => {
      const classifier = await openClassifier(model, { threads: 1 });
      onTestFinished(async () => classifier[Symbol.asyncDispose]());
      return classifier;
    },
  });
  const { data } = await service.ask(`{
    models { output }
    explanation(id: "${id}") {
      status
      error { code message }
      target { index label probability }
      predictions(first: 100) { index label probability }
      map: saliencyMap { raw }
      metrics { metric value curve { probabilities } }
      events { ... on ClassifiedEvent { isMultiLabel } }
    }
  }`);
  return { service, output: data.models[0].output, ...data.explanation };
}

test("A sigmoid model is explained by each label's own probability: predictions, map, deletion and insertion", async () => {
  const { model } = await addTailed(folder, tails["a sigmoid"], { labels });
  const picture = await photograph(96, 64).png().toBuffer();
  const { service, output, status, target, predictions, map, metrics, events } = await explained(model, picture, {
    metrics: { deletion: {}, insertion: {} },
  });
  expect([output, status]).toEqual(["MULTI_LABEL_PROBABILITIES", "SUCCEEDED"]);
  expect(events.find((event: object) => "isMultiLabel" in event)).toEqual({ isMultiLabel: true });

  const image = await preprocess(picture, model.manifest.input);
  const own = (await logitsOf(image)).map(sigmoid);
  expect(own.reduce((a, b) => a + b)).toBeGreaterThan(1.5);
  expect(predictions.length).toBe(10);
  for (const { index, probability } of predictions) expect(probability).toBeCloseTo(own[index]!, 5);
  expect(target.index).toBe(own.indexOf(Math.max(...own)));

  const { shape, data } = decodeNpy(await service.download(map.raw));
  expect(shape).toEqual([64, 64]);
  expect([Math.min(...data), Math.max(...data)]).toEqual([0, 1]);
  const [deletion, insertion] = metrics;
  expect(deletion.curve.probabilities[0]).toBeCloseTo(target.probability, 5);
  expect(insertion.curve.probabilities.at(-1)).toBeCloseTo(target.probability, 5);
});

test("One logit is one label, whose probability is its sigmoid", async () => {
  const { model } = await addTailed(folder, tails["one logit without an axis"]);
  const picture = await photograph(96, 64).png().toBuffer();
  const { output, status, predictions, target } = await explained(model, picture);
  expect([output, status]).toEqual(["MULTI_LABEL_LOGITS", "SUCCEEDED"]);
  const [logit] = await logitsOf(await preprocess(picture, model.manifest.input));
  expect(predictions).toEqual([{ index: 0, label: "yes", probability: expect.closeTo(sigmoid(logit!), 5) }]);
  expect(target).toEqual(predictions[0]);
});

test("Of classes that exclude each other nothing is said to be independent", async () => {
  const { model } = await addTailed(folder, tails.logits, { labels });
  const { output, predictions, events } = await explained(model, await photograph(96, 64).png().toBuffer());
  expect(output).toBe("LOGITS");
  expect(events.find((event: object) => "isMultiLabel" in event)).toEqual({ isMultiLabel: false });
  const sum = predictions.reduce((total: number, each: { probability: number }) => total + each.probability, 0);
  expect(sum).toBeCloseTo(1, 5);
});

test("A model whose answers are not finite ends the explanation FAILED, at once", async () => {
  await writeFile(join(folder, "tailed.onnx"), tailedFile(tails["not finite"]));
  const picture = await photograph(96, 64).png().toBuffer();
  const { service, status, error, map } = await explained(tinyModel("tailed.onnx", {}, folder), picture);
  expect([status, map]).toEqual(["FAILED", null]);
  expect(error.code).toBe("MODEL_NOT_FINITE");
  expect(error.message).toMatch(/^Model "tiny" answered NaN among its probabilities; /);
  expect(service.errors).toEqual([]);
});

test("A metric for which the model's answers are not finite has no value: the explanation is FAILED", async () => {
  const { model } = await addTailed(folder, tails["not finite for a plain image"], { labels });
  const picture = await photograph(96, 64).png().toBuffer();
  // Deletion comes to an image of zeros.
  const { service, status, error, metrics } = await explained(model, picture, { metrics: { deletion: {} } });
  expect([status, error?.code, metrics]).toEqual(["FAILED", "MODEL_NOT_FINITE", []]);
  expect(service.errors).toEqual([]);
  expect((await explained(model, picture)).status).toBe("SUCCEEDED");
});
