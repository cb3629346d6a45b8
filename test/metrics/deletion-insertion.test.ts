import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blur, blurAxis, KERNEL_SIZE } from "../../lib/metrics/blur.ts";
import { canvasOf } from "../../lib/metrics/canvas.ts";
import { deletion } from "../../lib/metrics/deletion.ts";
import { insertion } from "../../lib/metrics/insertion.ts";
import { areaUnderCurve } from "../../lib/metrics/perturbation-curve.ts";
import { pixelOrder } from "../../lib/metrics/saliency.ts";
import { sizesOf, type Tensor } from "../../lib/tensor/tensor.ts";
import type { Classifier, Variants } from "../../lib/classifier/classifier.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { cases } from "../golden/cases.ts";
import { golden, goldenScalar, largestDifference } from "../golden/golden.ts";
import { tinyModel } from "../vit/tiny-models.ts";
import { finish } from "./finish.ts";

const image: Tensor = { shape: [3, 64, 64], data: golden("input").data };
const half = { mean: [0.5, 0.5, 0.5], sd: [0.5, 0.5, 0.5] };

describe.for(cases)("$name, against RISE's code", ({ folder, file }) => {
  const network = folder.replace("vitcx_", "");

  test.for([
    { name: "del_zero", metric: deletion, canvas: "zero" },
    { name: "ins_zero", metric: insertion, canvas: "zero" },
    { name: "ins_blur", metric: insertion, canvas: "blurred" },
  ] as const)("$name: curve and area at 64 and 41 steps, to 2e-5", async ({ name, metric, canvas: kind }) => {
    await using classifier = await openClassifier(tinyModel(file), { batchSize: 6 });
    const subject = { image, canvas: canvasOf(kind, image, half), target: goldenScalar(`${folder}/target`) };
    const saliency = golden(`metrics/map_${network}`);
    for (const { steps, pixels } of [
      { steps: 64, pixels: 64 },
      { steps: 41, pixels: 100 },
    ]) {
      const curve = await finish(metric(classifier, saliency, subject, steps));
      const expected = golden<"float64">(`metrics/${network}_${name}_step${pixels}_f64`).data;
      expect(largestDifference(curve.probabilities, expected)).toBeLessThan(2e-5);
      expect(Math.abs(curve.areaUnderCurve - goldenScalar(`metrics/${network}_${name}_step${pixels}_auc`))).toBeLessThan(2e-5);
      expect(curve.shares).toEqual(Array.from(expected, (_, i) => Math.min(1, (i * pixels) / 4096)));
    }
  });
});

test.for(cases)("$name: the authors' float32 map has the ties for which an order of pixels has to be fixed", ({ folder }) => {
  const { data } = golden(`${folder}/saliency_raw`);
  const name = `metrics/distinct_values_in_saliency_raw_${folder.replace("vitcx_", "")}`;
  expect(new Set(data).size).toBe(goldenScalar(name));
  // Of equal pixels the first comes first: the order is one, and the same whenever it is asked for.
  const order = pixelOrder({ shape: [64, 64], data });
  expect(new Set(order).size).toBe(4096);
  for (let i = 1; i < 4096; i++) {
    const [before, after] = [order[i - 1]!, order[i]!];
    expect(data[before]! > data[after]! || (data[before] === data[after] && before < after)).toBe(true);
  }
});

test("the blur's kernel equals RISE's, to 1e-8, and the blurred image RISE's, to 1e-5", () => {
  const axis = blurAxis();
  const kernel = Float64Array.from({ length: KERNEL_SIZE ** 2 }, (_, i) => axis[Math.floor(i / 11)]! * axis[i % 11]!);
  expect(largestDifference(kernel, golden("metrics/blur_kernel").data)).toBeLessThan(1e-8);
  expect(largestDifference(blur(image).data, golden("metrics/blurred").data)).toBeLessThan(1e-5);
});

test("canvases: zero, black and the image's mean in normalised space", () => {
  const small: Tensor = { shape: [3, 1, 2], data: Float32Array.of(1, 3, -1, 1, 0, 0.5) };
  const normalisation = { mean: [0.5, 0.25, 0.4], sd: [0.5, 0.5, 0.2] };
  const canvas = (kind: Parameters<typeof canvasOf>[0]) => canvasOf(kind, small, normalisation);
  expect([...canvas("zero").data]).toEqual([0, 0, 0, 0, 0, 0]);
  expect([...canvas("black").data]).toEqual([-1, -1, -0.5, -0.5, -2, -2]);
  expect([...canvas("mean").data]).toEqual([2, 2, 0, 0, 0.25, 0.25]);
  expect(canvas("blurred").shape).toEqual([1, 3, 1, 2]);
});

test("the most salient pixel comes first, and of equal ones the first", () => {
  expect([...pixelOrder({ shape: [2, 3], data: Float64Array.of(0, 2, 1, 2, 3, 0) })]).toEqual([4, 1, 3, 2, 0, 5]);
});

test("the area under a straight line is the mean of its ends, whatever the number of points", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.double({ min: 0, max: 1, noNaN: true }), (steps, to) => {
      const line = Float64Array.from({ length: steps + 1 }, (_, i) => (i * to) / steps);
      expect(areaUnderCurve(line)).toBeCloseTo(to / 2, 12);
    }),
  );
});

/** Answers with the share of the pixels that are kept, and counts what it is asked. */
function counter(height: number, width: number, batchSize: number): Classifier & { asked: number[] } {
  const asked: number[] = [];
  const probe = async ({ keep, gate }: Variants) => {
    const [count] = sizesOf(keep, 3);
    asked.push(count);
    expect(keep.data.every((kept, i) => 1 === kept + gate.data[i]!)).toBe(true);
    const size = height * width;
    const share = (k: number) => keep.data.subarray(k * size, (k + 1) * size).reduce((sum, kept) => sum + kept, 0) / size;
    return { shape: [count, 1], data: Float32Array.from({ length: count }, (_, k) => share(k)) };
  };
  return { height, width, classes: 1, batchSize, asked, probe, classify: () => Promise.reject(new Error("not to be asked")) };
}

test("deletion takes away and insertion brings in as many pixels as the share says, in any number of steps and any batches", async () => {
  const sizes = fc.record({
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    batch: fc.integer({ min: 1, max: 7 }),
    steps: fc.integer({ min: 1, max: 90 }),
  });
  await fc.assert(
    fc.asyncProperty(sizes, async ({ height, width, batch, steps: asked }) => {
      const steps = Math.min(asked, height * width);
      const picture: Tensor = { shape: [3, height, width], data: new Float32Array(3 * height * width) };
      const subject = { image: picture, canvas: canvasOf("zero", picture, half), target: 0 };
      const saliency = { shape: [height, width], data: Float64Array.from({ length: height * width }, (_, i) => Math.sin(i)) };
      const classifier = counter(height, width, batch);
      const gone = await finish(deletion(classifier, saliency, subject, steps));
      const come = await finish(insertion(classifier, saliency, subject, steps));
      expect(gone.probabilities.length).toBeLessThanOrEqual(steps + 1);
      expect([gone.shares[0], gone.shares.at(-1)]).toEqual([0, 1]);
      gone.shares.forEach((share, i) => {
        expect(gone.probabilities[i]).toBeCloseTo(1 - share, 6);
        expect(come.probabilities[i]).toBeCloseTo(share, 6);
      });
    }),
  );
});

test("a metric tells its progress after each batch, and a caller that stops iterating stops the asking", async () => {
  const picture: Tensor = { shape: [3, 4, 4], data: new Float32Array(48) };
  const subject = { image: picture, canvas: canvasOf("zero", picture, half), target: 0 };
  const saliency = { shape: [4, 4], data: new Float64Array(16) };
  const whole = counter(4, 4, 3);
  const progress = [];
  for await (const step of deletion(whole, saliency, subject, 8)) progress.push(step);
  expect(progress).toEqual([3, 6, 9].map((done) => ({ done, total: 9 })));
  const stopped = counter(4, 4, 3);
  for await (const { done } of insertion(stopped, saliency, subject, 8)) if (done > 0) break;
  expect(stopped.asked).toEqual([3]);
});
