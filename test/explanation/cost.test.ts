import { describe, expect, test } from "vitest";
import { check } from "../../lib/explanation/request/check.ts";
import { checkCost, mostPasses } from "../../lib/explanation/request/cost.ts";
import { explainAlone } from "../../lib/explanation/run/explain-alone.ts";
import { completeMetrics } from "../../lib/explanation/request/metrics.ts";
import { completeMethod, seededMethods } from "../../lib/explanation/request/method-config.ts";
import type { MethodName } from "../../lib/methods/registry.ts";
import type { GivenOptions } from "../../lib/options/complete.ts";
import type { Classifier } from "../../lib/classifier/classifier.ts";
import { readCatalog } from "../../lib/vit/catalog/catalog.ts";
import { submission } from "./requests.ts";
import { scriptedClassifier } from "./scripted-classifier.ts";

const catalog = await readCatalog([new URL("../../models", import.meta.url).pathname]);
const { manifest } = catalog.default;
const image = { format: "png", width: 32, height: 32, bytes: 1, sha256: "" };
const methods: readonly MethodName[] = ["VIT_CX", "OCCLUSION", "RISE", "SCORE_CAM", "RANDOM", "CENTRE_GAUSSIAN"];

/** A model of so many classes that does not say how many embedding maps it has. */
const modelOf = (classes: number): Parameters<typeof checkCost>[2] => ({
  input: manifest.input,
  embedding: {},
  labels: Array.from({ length: classes }, String),
});
const choiceOf = (method: MethodName, options: GivenOptions = {}) => completeMethod(method, options, { delta: 0.1 });
const metricsOf = (method: MethodName, given: object) => completeMetrics(given, image, manifest.input, method);

/** All metrics that ask the model, as in their papers. */
const allMetrics = (method: MethodName) =>
  metricsOf(method, {
    deletion: {},
    insertion: {},
    saco: {},
    faithfulnessCorrelation: {},
    maxSensitivity: {},
    ...(seededMethods().includes(method) && { stability: {} }),
  });

describe("The passes of a request are counted before it is asked", () => {
  const few = { deletion: { steps: 7 }, insertion: { steps: 3 }, saco: { groups: 4 }, faithfulnessCorrelation: { runs: 5 } };
  test.each<[MethodName, GivenOptions, object]>([
    ["VIT_CX", { masks: "all", noiseDraws: 3 }, { stability: { seeds: 2 }, ...few }],
    ["OCCLUSION", { window: 100, stride: 62 }, { maxSensitivity: { samples: 2 } }],
    ["RISE", { numMasks: 5 }, { stability: { seeds: 3 }, maxSensitivity: { samples: 1 } }],
    ["SCORE_CAM", {}, few],
    ["RANDOM", {}, { stability: { seeds: 4 } }],
    ["CENTRE_GAUSSIAN", {}, {}],
  ])("of %s", async (method, options, metrics) => {
    const model = { ...manifest, embedding: { channels: 8 } };
    const told = mostPasses(choiceOf(method, options), metricsOf(method, metrics), model);
    expect(await passesOf(method, options, metrics)).toBe(told);
  });

  test("of clusters, the most that there can be", async () => {
    const model = { ...manifest, embedding: { channels: 8 } };
    expect(mostPasses(choiceOf("VIT_CX"), undefined, model)).toBe(1 + 2 * 8);
    expect(await passesOf("VIT_CX", {}, {})).toBe(1 + 2 * 6);
  });
});

/** How many variants of images a model is really asked about. */
async function passesOf(method: MethodName, options: GivenOptions, metrics: object): Promise<number> {
  const scripted = scriptedClassifier();
  let passes = 0;
  const counting: Classifier = {
    ...scripted,
    classify: async (input) => {
      passes++;
      return scripted.classify(input);
    },
    probe: async (variants) => {
      passes += Math.max(variants.keep.shape[0]!, variants.gate.shape[0]!);
      return scripted.probe(variants);
    },
  };
  const steps = explainAlone(catalog, async () => counting, { ...(await submission()), method, options, metrics });
  while (!(await steps.next()).done);
  return passes;
}

test.each(methods)("%s and all metrics are allowed as they are in their papers, of a model of 1000 classes", (method) => {
  expect(() => checkCost(choiceOf(method), allMetrics(method), modelOf(1000))).not.toThrow();
});

test("ViT-CX and Score-CAM are allowed of a model of 21,841 classes", () => {
  for (const method of ["VIT_CX", "SCORE_CAM"] as const) {
    expect(() => checkCost(choiceOf(method), undefined, modelOf(21_841))).not.toThrow();
  }
  expect(() => checkCost(choiceOf("VIT_CX", { masks: "all" }), undefined, modelOf(21_841))).not.toThrow();
});

test.each<[string, MethodName, GivenOptions, object, number, RegExp]>([
  [
    "passes by the million",
    "VIT_CX",
    { masks: "all", noiseDraws: 64 },
    { stability: { seeds: 32 }, maxSensitivity: { samples: 100 } },
    1000,
    /^This may take 17,301,636 passes of the model, and at most 200,000 are allowed: /,
  ],
  ["the maps of a hundred neighbours", "RISE", { count: 8000 }, { maxSensitivity: { samples: 100 } }, 1000, /808,101 passes/],
  [
    "more scores than can be kept",
    "RISE",
    {},
    {},
    21_841,
    /4,000 masks for each of the model's 21,841 classes, and at most 25,000,000 scores are kept: .* 1,144 masks\.$/,
  ],
])("A request for %s is refused with what is allowed", (_, method, options, metrics, classes, sentence) => {
  const refused = expect.objectContaining({ code: "BAD_USER_INPUT", message: expect.stringMatching(sentence) });
  expect(() => checkCost(choiceOf(method, options), metricsOf(method, metrics), modelOf(classes))).toThrow(refused);
});

test("How many passes are allowed can be said", async () => {
  const asked = await submission();
  await expect(check(catalog, asked, 384)).rejects.toMatchObject({ message: expect.stringMatching(/385 passes.* 384 are/) });
  expect(await check(catalog, asked, 385)).toMatchObject({ method: "VIT_CX" });
});
