import fc from "fast-check";
import { expect, test } from "vitest";
import { bindMethod } from "../../lib/methods/bind.ts";
import { gaussianMap } from "../../lib/methods/centre-gaussian.ts";
import type { Evidence, Progress } from "../../lib/methods/method.ts";
import type { MethodConfig } from "../../lib/methods/registry.ts";
import { expectedScore } from "../../lib/methods/rise.ts";
import { scoreKept } from "../../lib/methods/score-kept.ts";
import { drain } from "../../lib/steps/steps.ts";
import { normaliseMap } from "../../lib/saliency-map/normalise.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import type { Classifier } from "../../lib/classifier/classifier.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { extent } from "../golden/cases.ts";
import { golden, goldenScalar, largestDifference } from "../golden/golden.ts";
import { tinyModel } from "../vit/tiny-models.ts";
import { authorsMasks } from "./authors-masks.ts";

const image: Tensor = { shape: [3, 64, 64], data: golden("input").data };
const target = goldenScalar("vitcx_vit/target");
const open = (batchSize = 4) => openClassifier(tinyModel("tiny_vit_op17.onnx"), { batchSize });
const paperRise = { gridSize: 7, p1: 0.5, seed: 1 };
const targetOf = () => target;

async function collect(steps: AsyncGenerator<Progress, Evidence>) {
  const progress: Progress[] = [];
  const evidence = await drain(steps, (step) => void progress.push(step));
  return { progress, evidence };
}

const scoresOf = ({ tensors }: Evidence, y: number) => {
  const [rows, classes] = tensors["scores"]!.shape as [number, number];
  return Float64Array.from({ length: rows }, (_, k) => tensors["scores"]!.data[k * classes + y]!);
};

/** The map of the target, and what it was made of. */
async function mapOf(config: MethodConfig, classifier: Classifier) {
  const method = bindMethod(config);
  const { evidence, progress } = await collect(method.explain(classifier, image, targetOf));
  return { evidence, progress, map: method.saliencyOf(method.evidenceOf(evidence, target), extent) };
}

test.each([
  { window: 16, stride: 8 },
  { window: 15, stride: 10 },
])("Occlusion, window $window, stride $stride: the map equals captum's, to 2e-6", async ({ window, stride }) => {
  await using classifier = await open();
  const { map } = await mapOf({ method: "OCCLUSION", options: { window, stride } }, classifier);
  expect(largestDifference(map.data, golden(`vit_baselines/occlusion_w${window}_s${stride}`).data)).toBeLessThan(2e-6);
});

test("RISE: scores and map of the authors' masks equal the authors', to 2e-6", async () => {
  await using classifier = await open();
  const masks = golden("vit_baselines/rise_masks");
  const maskOf = (k: number) => ({ shape: [64, 64], data: masks.data.subarray(k * 4096, (k + 1) * 4096) });
  const write = (k: number, into: Float32Array) => into.set(maskOf(k).data);
  const known = { probabilities: golden("vitcx_vit/probs").data, tensors: {} };
  const { evidence } = await collect(scoreKept(classifier, image, { count: 16, height: 64, width: 64, write }, known));
  const scores = scoresOf(evidence, target);
  expect(largestDifference(scores, golden("vit_baselines/rise_scores").data)).toBeLessThan(2e-6);
  const map = expectedScore(scores, (k) => authorsMasks[k]!, 0.5, extent);
  expect(largestDifference(map.data, golden("vit_baselines/rise_raw").data)).toBeLessThan(2e-6);
  expect(largestDifference(normaliseMap(map).data, golden("vit_baselines/rise").data)).toBeLessThan(1e-5);
});

test("Score-CAM: scores and map equal the paper's equation (1), the scores to 1e-5, the map to 1e-4", async () => {
  await using classifier = await open();
  const { evidence, map } = await mapOf({ method: "SCORE_CAM", options: {} }, classifier);
  expect(largestDifference(scoresOf(evidence, target), golden("vit_baselines/scorecam_scores").data)).toBeLessThan(1e-5);
  expect(largestDifference(map.data, golden("vit_baselines/scorecam_raw").data)).toBeLessThan(1e-4);
  expect(largestDifference(normaliseMap(map).data, golden("vit_baselines/scorecam").data)).toBeLessThan(1e-4);
});

const methods: [name: string, config: MethodConfig, variants: number][] = [
  ["Occlusion", { method: "OCCLUSION", options: { window: 32, stride: 16 } }, 9],
  ["RISE", { method: "RISE", options: { ...paperRise, numMasks: 10 } }, 10],
  ["Score-CAM", { method: "SCORE_CAM", options: {} }, 48],
  ["the random map", { method: "RANDOM", options: { seed: 3 } }, 0],
  ["the centre Gaussian", { method: "CENTRE_GAUSSIAN", options: {} }, 0],
];

test.each(methods)("%s tells its progress, and what it has so far makes a map of any size", async (_, config, variants) => {
  await using classifier = await open(6);
  const method = bindMethod(config);
  const { progress, evidence } = await mapOf(config, classifier);
  expect(progress[0]).toEqual({ stage: "classified", probabilities: evidence.probabilities });
  const scored = progress.filter((step) => step.stage === "scored");
  expect(scored).toHaveLength(Math.ceil(variants / 6));
  expect(scored.map(({ done, total }) => [done, total])).toEqual(
    scored.map((_step, i) => [Math.min(6 * (i + 1), variants), variants]),
  );
  expect(evidence.tensors["scores"]!.shape).toEqual([variants, 10]);
  for (const known of [...scored.map((step) => step.evidence), evidence]) {
    for (const size of [extent, { height: 16, width: 24 }]) {
      const map = method.saliencyOf(method.evidenceOf(known, target), size);
      expect(map.shape).toEqual([size.height, size.width]);
      expect(map.data.every(Number.isFinite)).toBe(true);
    }
  }
  if (scored.length > 0) expect(scored.at(-1)!.evidence).toEqual(evidence);
  expect((await mapOf(config, classifier)).evidence).toEqual(evidence);
});

test.each(methods.slice(0, 3))("%s: a caller that stops iterating stops the asking", async (_, config) => {
  await using classifier = await open(2);
  let asked = 0;
  const { height, width, classes, batchSize } = classifier;
  const counting: Classifier = {
    height,
    width,
    classes,
    batchSize,
    classify: (x) => classifier.classify(x),
    probe: (variants) => (asked++, classifier.probe(variants)),
  };
  for await (const { stage } of bindMethod(config).explain(counting, image, targetOf)) if (stage === "scored") break;
  expect(asked).toBe(1);
});

test("ViT-CX is a method like the others", async () => {
  await using classifier = await open();
  const options = { delta: 0.1, noiseSd: 0, seed: 1, corrected: false, noiseDraws: 1, masks: "merged" } as const;
  const { progress, map } = await mapOf({ method: "VIT_CX", options }, classifier);
  expect(progress.map(({ stage }) => stage)).toEqual(["classified", "clustered", ...Array<string>(4).fill("scored")]);
  expect(largestDifference(normaliseMap(map).data, golden("variants/v5").data)).toBeLessThan(1e-4);
});

test("RISE's map of one seed is always the same, and that of another seed another", async () => {
  await using classifier = await open();
  const ofSeed = async (seed: number) =>
    (await mapOf({ method: "RISE", options: { ...paperRise, seed, numMasks: 8 } }, classifier)).map.data;
  expect(await ofSeed(1)).toEqual(await ofSeed(1));
  expect(largestDifference(await ofSeed(1), await ofSeed(2))).toBeGreaterThan(1e-3);
});

test("Occlusion hides every pixel, and none falls by more than one window hides of the image", async () => {
  const size = { height: 12, width: 20 };
  const blank: Tensor = { shape: [3, 12, 20], data: new Float32Array(720).fill(1) };
  const sides = fc.tuple(fc.integer({ min: 1, max: 25 }), fc.integer({ min: 1, max: 25 }));
  await fc.assert(
    fc.asyncProperty(sides, async ([a, b]) => {
      const [stride, window] = [Math.min(a, b), Math.max(a, b)];
      const method = bindMethod({ method: "OCCLUSION", options: { window, stride } });
      const { evidence } = await collect(method.explain(counter(size, 3), blank, () => 0));
      const drops = method.saliencyOf(method.evidenceOf(evidence, 0), size).data;
      const hidden = (Math.min(window, 12) * Math.min(window, 20)) / 240;
      expect(drops[0]).toBeCloseTo(hidden, 6); // The first window alone covers the corner, and nothing cuts it.
      expect(Math.max(...drops)).toBeLessThanOrEqual(hidden + 1e-6);
      expect(Math.min(...drops)).toBeGreaterThan(0);
    }),
  );
});

/** Answers with the share of pixels that are kept. */
function counter({ height, width }: typeof extent, batchSize: number): Classifier {
  return {
    height,
    width,
    classes: 1,
    batchSize,
    classify: async () => ({
      probabilities: Float32Array.of(1),
      embeddings: { shape: [0, 1, 1], data: new Float32Array(0) },
    }),
    probe: async ({ keep }) => {
      const count = keep.shape[0]!;
      const size = keep.data.length / count;
      const share = (k: number) => keep.data.subarray(k * size, (k + 1) * size).reduce((sum, value) => sum + value, 0) / size;
      return { shape: [count, 1], data: Float32Array.from({ length: count }, (_, k) => share(k)) };
    },
  };
}

test("the centre Gaussian falls from the centre, alike on all sides", () => {
  const { data } = gaussianMap({ height: 5, width: 5 }, 0.25);
  const at = (y: number, x: number) => data[y * 5 + x]!;
  expect(at(2, 2)).toBe(1);
  expect(at(2, 1)).toBeCloseTo(Math.exp(-((0.2 / 0.25) ** 2) / 2), 12);
  expect(at(0, 0)).toBeCloseTo(at(4, 4), 12);
  expect(at(1, 2)).toBeCloseTo(at(2, 3), 12);
});
