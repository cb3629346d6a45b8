import { expect, test } from "vitest";
import { scoreMasks } from "../../../lib/causal-impact-score/score-masks.ts";
import { normaliseMap } from "../../../lib/saliency-map/normalise.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { openClassifier } from "../../../lib/vit/runtime/onnx-classifier.ts";
import { saliencyOf, type VitCxEvidence } from "../../../lib/methods/vit-cx/evidence.ts";
import { vitCx } from "../../../lib/methods/vit-cx/vit-cx.ts";
import { drain } from "../../../lib/steps/steps.ts";
import { ofClass } from "../of-class.ts";
import { explain, type ExplainOptions } from "../../../lib/methods/vit-cx/explain.ts";
import { extent, goldenNoise, mergedMasks } from "../../golden/cases.ts";
import { golden, goldenScalar, largestDifference } from "../../golden/golden.ts";
import { tinyModel } from "../../vit/tiny-models.ts";

const image: Tensor = { shape: [3, 64, 64], data: golden("input").data };
const target = goldenScalar("vitcx_vit/target");
const paper: ExplainOptions = { delta: 0.1, noiseSd: 0.1, seed: 1 };
const open = () => openClassifier(tinyModel("tiny_vit_op17.onnx"), { batchSize: 5 });

const run = (...task: Parameters<typeof explain>) => drain(explain(...task));

/** The options of a variant of Table 2, by its number. */
const variantOf = (number: number) => vitCx.ablations![number - 1]!.options;

/** The reference's noise by the order of its own masks: all ViT masks, or clusters by scikit-learn's number. */
const noises = { 1: goldenNoise((k) => k), merged: goldenNoise(mergedMasks("vitcx_vit").labelOf) };

/** By what the reference's raw maps differ from S(x): the authors' code divides by K, and its ρ is a mean. */
const scale = { 1: 1 / 48, 3: 13, 4: 1, 5: 1 };

test.each([1, 3, 4, 5] as const)("Table 2, variant %i: the map equals the reference's, to 1e-3 of its span", async (variant) => {
  await using classifier = await open();
  const options = { ...paper, ...variantOf(variant) };
  const noise = variant === 1 ? noises[1] : noises.merged;
  const evidence = await run(classifier, image, options, options.noiseSd === 0 ? undefined : noise);
  const map = saliencyOf(ofClass(evidence, target), extent, options.corrected);
  const raw = map.data.map((value) => value * scale[variant]);
  // The span of variant 1 is 1.5e-4: a tolerance that were the same for all would let any map of its height pass.
  const expected = golden(`variants/v${variant}_raw`).data;
  const span = Math.max(...expected) - Math.min(...expected);
  expect(largestDifference(raw, expected)).toBeLessThan(1e-3 * span);
  expect(largestDifference(normaliseMap(map).data, golden(`variants/v${variant}`).data)).toBeLessThan(1e-4);
});

test("Table 2, variant 2: the map of the reference's random masks equals the reference's, to 1e-4", async () => {
  await using classifier = await open();
  const masks: Tensor = golden("vit_baselines/rise_masks");
  const rows = { masked: [] as number[], noisy: [] as number[] };
  for await (const batch of scoreMasks(
    classifier,
    image,
    masks,
    goldenNoise((k) => k),
  )) {
    rows.masked.push(...batch!.masked.data);
    rows.noisy.push(...batch!.noisy.data);
  }
  const evidence: VitCxEvidence = {
    extent,
    probabilities: golden("vitcx_vit/probs").data,
    tensors: {
      masks,
      "masked-probabilities": { shape: [16, 10], data: Float32Array.from(rows.masked) },
      "noisy-probabilities": { shape: [16, 10], data: Float32Array.from(rows.noisy) },
    },
  };
  const map = saliencyOf(ofClass(evidence, target), extent);
  expect(
    largestDifference(
      map.data.map((value) => value / 16),
      golden("variants/v2_raw").data,
    ),
  ).toBeLessThan(1e-6);
  expect(largestDifference(normaliseMap(map).data, golden("variants/v2").data)).toBeLessThan(1e-4);
});

test("variant 2 scores as many masks as there are clusters, drawn by the seed alone", async () => {
  await using classifier = await open();
  const options = { ...paper, ...variantOf(2) };
  const evidence = await run(classifier, image, options);
  expect(evidence.tensors.masks.shape).toEqual([goldenScalar("vitcx_vit/K"), 28, 28]);
  expect((await run(classifier, image, options)).tensors.masks).toEqual(evidence.tensors.masks);
  expect((await run(classifier, image, { ...options, seed: 2 })).tensors.masks).not.toEqual(evidence.tensors.masks);
});

test("what is left out is as in the paper", async () => {
  await using classifier = await open();
  const evidence = await run(classifier, image, paper);
  const spelt = await run(classifier, image, { ...paper, noiseDraws: 1, masks: "merged", corrected: true });
  expect(spelt).toEqual(evidence);
  const found = ofClass(evidence, target);
  expect(saliencyOf(found, extent, true)).toEqual(saliencyOf(found, extent));
});

test("more draws of the noise bring the scores of two seeds closer together", async () => {
  await using classifier = await open();
  const apart = async (noiseDraws: number) => {
    const [a, b] = await Promise.all([1, 2].map((seed) => run(classifier, image, { ...paper, noiseDraws, seed })));
    return largestDifference(a!.tensors["masked-probabilities"].data, b!.tensors["masked-probabilities"].data);
  };
  const [one, pair, sixteen] = [await apart(1), await apart(2), await apart(16)];
  expect(pair).toBeLessThan(one);
  expect(sixteen).toBeLessThan(one / 2);
});
