import { expect, test } from "vitest";
import { type Box, pixelsIn } from "../../lib/metrics/box.ts";
import { canvasOf } from "../../lib/metrics/canvas.ts";
import { deletion } from "../../lib/metrics/deletion.ts";
import { energyInside } from "../../lib/metrics/energy-inside.ts";
import { faithfulnessCorrelation } from "../../lib/metrics/faithfulness-correlation.ts";
import { insertion } from "../../lib/metrics/insertion.ts";
import { localise } from "../../lib/metrics/localisation.ts";
import { pointingGame } from "../../lib/metrics/pointing-game.ts";
import { faithfulnessCoefficient, saco } from "../../lib/metrics/saco.ts";
import type { Saliency } from "../../lib/metrics/saliency.ts";
import type { PerturbationTarget } from "../../lib/metrics/score-pixel-masks.ts";
import { sparseness } from "../../lib/metrics/sparseness.ts";
import { sfc32, uniform } from "../../lib/tensor/random.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import type { Classifier } from "../../lib/classifier/classifier.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { extent } from "../golden/cases.ts";
import { golden } from "../golden/golden.ts";
import { tinyModel } from "../vit/tiny-models.ts";
import { finish } from "./finish.ts";

/** The ten images of the reference, their objects' boxes, and of each the map that is 1 on the object and one of noise. */
const examples = Array.from({ length: 10 }, (_, n) => {
  const bytes = golden<"uint8">("pointing/images_u8").data.subarray(n * 12288, (n + 1) * 12288);
  const [left = NaN, top = NaN, right = NaN, bottom = NaN] = golden<"int32">("pointing/boxes").data.subarray(n * 4, n * 4 + 4);
  const box: Box = { left, top, right, bottom };
  const value = (i: number) => (bytes[(i % 4096) * 3 + Math.floor(i / 4096)]! / 255 - 0.5) / 0.5;
  const image: Tensor = { shape: [3, 64, 64], data: Float32Array.from({ length: 12288 }, (_, i) => value(i)) };
  const state = sfc32(n, 1);
  return {
    box,
    perfect: { shape: [64, 64], data: Float64Array.from(pixelsIn([box], extent)) },
    random: { shape: [64, 64], data: Float64Array.from({ length: 4096 }, () => uniform(state)) },
    subject: {
      image,
      canvas: canvasOf("mean", image, { mean: [0.5, 0.5, 0.5], sd: [0.5, 0.5, 0.5] }),
      target: golden<"int32">("pointing/labels").data[n]!,
    },
  };
});

/** Sees the object alone: its probability is the share of the object's pixels that are kept. */
function eye(box: Box): Classifier {
  const inside = pixelsIn([box], extent);
  const area = inside.reduce((sum, on) => sum + on, 0);
  return {
    ...extent,
    classes: 1,
    batchSize: 5,
    classify: () => Promise.reject(new Error("not to be asked")),
    probe: async ({ keep }) => {
      const seen = (k: number) => inside.reduce((sum, on, i) => sum + on * keep.data[k * 4096 + i]!, 0) / area;
      return { shape: [keep.shape[0]!, 1], data: Float32Array.from({ length: keep.shape[0]! }, (_, k) => seen(k)) };
    },
  };
}

const localising: [name: string, metric: (map: Saliency, boxes: Box[]) => number][] = [
  ["energy inside", energyInside],
  ["localisation", (map, boxes) => localise(map, boxes, 0.5).overlap],
  ["sparseness", sparseness],
];

test.each(localising)("%s: the box itself beats a random map on every image", (_, metric) => {
  for (const { box, perfect, random } of examples) expect(metric(perfect, [box])).toBeGreaterThan(metric(random, [box]));
});

test("the pointing game: the box itself hits always, random maps about as often as the box is large", () => {
  const hits = (map: "perfect" | "random") => examples.filter((e) => pointingGame(e[map], [e.box], 0)).length;
  expect(hits("perfect")).toBe(10);
  expect(hits("random")).toBeLessThan(5);
});

type Asking = (classifier: Classifier, map: Saliency, subject: PerturbationTarget) => Promise<number>;
const asking: [name: string, metric: Asking][] = [
  ["deletion (less is better)", async (...request) => -(await finish(deletion(...request, 32))).areaUnderCurve],
  ["insertion", async (...request) => (await finish(insertion(...request, 32))).areaUnderCurve],
  ["SaCo", (...request) => finish(saco(...request))],
];
const faithfulness: (typeof asking)[number] = [
  "faithfulness correlation",
  (...request) => finish(faithfulnessCorrelation(...request, { runs: 40, subsetSize: 600, seed: 2 })),
];

test.each([...asking, faithfulness])(
  "%s: for who sees the object alone, the box beats a random map on every image",
  async (_, metric) => {
    for (const { box, perfect, random, subject } of examples) {
      const seen = { ...subject, target: 0 };
      expect(await metric(eye(box), perfect, seen)).toBeGreaterThan((await metric(eye(box), random, seen)) + 0.1);
    }
  },
);

test.each(asking)("%s: for a trained network, the box beats a random map by far on the mean of all images", async (_, metric) => {
  await using classifier = await openClassifier(tinyModel("tiny_vit_op17.onnx"), { batchSize: 8 });
  let gain = 0;
  for (const { perfect, random, subject } of examples) {
    gain += (await metric(classifier, perfect, subject)) - (await metric(classifier, random, subject));
  }
  expect(gain / 10).toBeGreaterThan(0.1);
});

test("faithfulness correlation: for a trained network, the box beats a random map on the mean of all images and four dice", async () => {
  await using classifier = await openClassifier(tinyModel("tiny_vit_op17.onnx"), { batchSize: 8 });
  const dice = [0, 1, 2, 3];
  let gain = 0;
  for (const seed of dice) {
    const options = { runs: 100, subsetSize: 200, seed };
    for (const { perfect, random, subject } of examples) {
      const of = (map: Saliency) => finish(faithfulnessCorrelation(classifier, map, subject, options));
      gain += ((await of(perfect)) - (await of(random))) / (dice.length * examples.length);
    }
  }
  // It is 0.11 ± 0.04 with one die: of one alone nothing can be said.
  expect(gain).toBeGreaterThan(0.05);
});

test("the correlation of a map that is the truth is 1, and that of its opposite −1", async () => {
  const { box, perfect, subject } = examples[0]!;
  const opposite = { ...perfect, data: perfect.data.map((value) => 5 - 2 * value) };
  const request = [
    { ...subject, target: 0 },
    { runs: 20, subsetSize: 500, seed: 1 },
  ] as const;
  expect(await finish(faithfulnessCorrelation(eye(box), perfect, ...request))).toBeCloseTo(1, 6);
  expect(await finish(faithfulnessCorrelation(eye(box), opposite, ...request))).toBeCloseTo(-1, 6);
});

test("the faithfulness coefficient weighs each pair of groups by the difference of their salience", () => {
  expect(faithfulnessCoefficient(Float64Array.of(5, 3, 1), Float64Array.of(0.3, 0.2, 0.1))).toBe(1);
  expect(faithfulnessCoefficient(Float64Array.of(5, 3, 1), Float64Array.of(0.1, 0.2, 0.3))).toBe(-1);
  expect(faithfulnessCoefficient(Float64Array.of(5, 3, 1), Float64Array.of(0.3, 0.3, 0.3))).toBe(1);
  // Only the pair (3, 1) is the wrong way round: (2 + 4 − 2) / (2 + 4 + 2).
  expect(faithfulnessCoefficient(Float64Array.of(5, 3, 1), Float64Array.of(0.3, 0.1, 0.2))).toBe(0.5);
  expect(faithfulnessCoefficient(Float64Array.of(2, 2), Float64Array.of(0.1, 0.2))).toBe(0);
  // Means of pixels that are all a third, over 5,017 and 5,018 of them, differ by the last digit.
  expect(faithfulnessCoefficient(Float64Array.of(1 / 3, 1 / 3 + 2 ** -54), Float64Array.of(0.1, 0.2))).toBe(0);
});
