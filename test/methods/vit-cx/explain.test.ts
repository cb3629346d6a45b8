import { expect, test } from "vitest";
import { normaliseMap } from "../../../lib/saliency-map/normalise.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import type { Classifier, Variants } from "../../../lib/classifier/classifier.ts";
import { openClassifier } from "../../../lib/vit/runtime/onnx-classifier.ts";
import type { Progress } from "../../../lib/methods/method.ts";
import { diagnose, saliencyOf, scoresOf, type VitCxEvidence } from "../../../lib/methods/vit-cx/evidence.ts";
import { explain, type ExplainOptions } from "../../../lib/methods/vit-cx/explain.ts";
import { ofClass } from "../of-class.ts";
import { cases, extent, goldenNoise, mergedMasks } from "../../golden/cases.ts";
import { golden, goldenScalar, largestDifference } from "../../golden/golden.ts";
import { tinyModel } from "../../vit/tiny-models.ts";

const { data } = golden("input");
const image: Tensor = { shape: [3, 64, 64], data };
const paper: ExplainOptions = { delta: 0.1, noiseSd: 0.1, seed: 1 };

type VitCxProgress = Progress<keyof VitCxEvidence["tensors"]>;

async function collect(steps: AsyncGenerator<VitCxProgress, VitCxEvidence>) {
  const progress: VitCxProgress[] = [];
  let step = await steps.next();
  for (; !step.done; step = await steps.next()) progress.push(step.value);
  return { progress, evidence: step.value };
}

test.each(cases)(
  "$name: the terms of every score and the final map equal the authors' code on the same noise",
  async ({ folder, file }) => {
    await using classifier = await openClassifier(tinyModel(file), { batchSize: 5 });
    const { labelOf } = mergedMasks(folder);
    const { evidence } = await collect(explain(classifier, image, paper, goldenNoise(labelOf)));

    const target = goldenScalar(`${folder}/target`);
    const { masks, "masked-probabilities": masked, "noisy-probabilities": noisy } = evidence.tensors;
    const classes = evidence.probabilities.length;
    const row = (values: Float32Array, k: number) => values.subarray(k * classes, (k + 1) * classes);
    expect(masks.shape[0]).toBe(goldenScalar(`${folder}/K`));
    expect(largestDifference(evidence.probabilities, golden(`${folder}/probs`).data)).toBeLessThan(2e-6);
    const scores = scoresOf(ofClass(evidence, target));
    scores.forEach((score, k) => {
      expect(largestDifference(row(masked.data, k), row(golden(`${folder}/f_masked`).data, labelOf(k)))).toBeLessThan(1e-5);
      expect(largestDifference(row(noisy.data, k), row(golden(`${folder}/f_noisy`).data, labelOf(k)))).toBeLessThan(1e-5);
      expect(Math.abs(score - golden(`${folder}/s`).data[labelOf(k)]!)).toBeLessThan(1e-5);
    });
    const map = saliencyOf(ofClass(evidence, target), extent);
    expect(largestDifference(normaliseMap(map).data, golden(`${folder}/saliency`).data)).toBeLessThan(1e-4);
  },
);

test("without noise the debiased score is that of the masked image alone", async () => {
  await using classifier = await openClassifier(tinyModel("tiny_vit_op17.onnx"));
  const { evidence } = await collect(explain(classifier, image, { ...paper, noiseSd: 0 }));
  const target = goldenScalar("vitcx_vit/target");
  const { labelOf } = mergedMasks("vitcx_vit");
  const expected = golden("variants/v3_scores").data;
  scoresOf(ofClass(evidence, target)).forEach((score, k) => expect(Math.abs(score - expected[labelOf(k)]!)).toBeLessThan(1e-5));
});

test("one seed gives the same evidence bit for bit, whatever the batches; another seed gives another", async () => {
  await using three = await openClassifier(tinyModel("tiny_vit_op17.onnx"), { batchSize: 3, threads: 1 });
  await using eight = await openClassifier(tinyModel("tiny_vit_op17.onnx"), { batchSize: 8 });
  const [a, again, b, other] = await Promise.all([
    collect(explain(three, image, paper)),
    collect(explain(three, image, paper)),
    collect(explain(eight, image, paper)),
    collect(explain(three, image, { ...paper, seed: 2 })),
  ]);
  expect(again).toEqual(a);
  expect(b.evidence.tensors.masks).toEqual(a.evidence.tensors.masks);
  expect(largestDifference(masked(b.evidence), masked(a.evidence))).toBeLessThan(1e-6);
  expect(largestDifference(masked(other.evidence), masked(a.evidence))).toBeGreaterThan(1e-4);
});

test("tells its progress: classified, clustered, then batch by batch what is scored", async () => {
  await using classifier = await openClassifier(tinyModel("tiny_vit_op17.onnx"), { batchSize: 5 });
  const { progress, evidence } = await collect(explain(classifier, image, paper));
  expect(progress.map(({ stage }) => stage)).toEqual(["classified", "clustered", "scored", "scored", "scored"]);
  const scored = progress.filter((step) => step.stage === "scored");
  expect(scored.map(({ done, total }) => [done, total])).toEqual([5, 10, 13].map((done) => [done, 13]));
  const target = goldenScalar("vitcx_vit/target");
  expect([...scoresOf(ofClass(scored[1]!.evidence, target))]).toEqual([...scoresOf(ofClass(evidence, target)).subarray(0, 10)]);
  expect(scored[2]!.evidence).toEqual(evidence);
});

test("a caller that stops iterating stops the work within one batch", async () => {
  await using classifier = await openClassifier(tinyModel("tiny_vit_op17.onnx"), { batchSize: 1 });
  let asked = 0;
  const counting = {
    ...measures(classifier),
    classify: classifier.classify.bind(classifier),
    probe: (variants: Variants) => (asked++, classifier.probe(variants)),
  };
  for await (const { stage } of explain(counting, image, paper)) if (stage === "scored") break;
  expect(asked).toBe(2);
});

test("an image whose embeddings are all constant has no masks, and a map of zeros", async () => {
  const flat = { ...extent, classes: 2, batchSize: 4 };
  const embeddings = { shape: [3, 8, 8], data: new Float32Array(192).fill(2) };
  const classify = async () => ({ probabilities: Float32Array.of(0.3, 0.7), embeddings });
  const probe = () => Promise.reject(new Error("there is nothing to ask"));
  const { progress, evidence } = await collect(explain({ ...flat, classify, probe }, image, paper));
  expect(progress.map(({ stage }) => stage)).toEqual(["classified", "clustered"]);
  expect(saliencyOf(ofClass(evidence, 1), extent).data.every((value) => value === 0)).toBe(true);
});

test("diagnoses the authors' scores and coverage", async () => {
  await using classifier = await openClassifier(tinyModel("tiny_vit_op17.onnx"));
  const { evidence } = await collect(explain(classifier, image, paper, goldenNoise(mergedMasks("vitcx_vit").labelOf)));
  const scores = golden("vitcx_vit/s").data;
  const mean = scores.reduce((sum, score) => sum + score / scores.length, 0);
  const rho = golden("vitcx_vit/rho").data;
  const found = diagnose(ofClass(evidence, goldenScalar("vitcx_vit/target")));
  expect(found.scoreMean).toBeCloseTo(mean, 5);
  expect(found.scoreVariance).toBeCloseTo(
    scores.reduce((sum, score) => sum + (score - mean) ** 2 / scores.length, 0),
    5,
  );
  expect(found.coverageMin).toBeCloseTo(Math.min(...rho), 5);
  expect(found.coverageMax).toBeCloseTo(Math.max(...rho), 5);
});

function masked({ tensors }: VitCxEvidence): Float32Array {
  return tensors["masked-probabilities"].data;
}

function measures({ height, width, classes, batchSize }: Classifier) {
  return { height, width, classes, batchSize };
}
