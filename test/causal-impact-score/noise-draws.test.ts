import { expect, test } from "vitest";
import { gaussianNoise } from "../../lib/causal-impact-score/noise.ts";
import { scoreMasks } from "../../lib/causal-impact-score/score-masks.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import type { Classifier } from "../../lib/classifier/classifier.ts";

const draw = (k: number, number: number, draws: number, length = 1000) => {
  const into = new Float32Array(length);
  gaussianNoise(7, 0.1, draws)(k, into, number);
  return into;
};

test("an even number of draws comes in antithetic pairs, an odd one is independent", () => {
  expect(draw(3, 1, 2)).toEqual(draw(3, 0, 2).map((z) => -z));
  expect(draw(3, 3, 4)).toEqual(draw(3, 2, 4).map((z) => -z));
  const correlation = (a: Float32Array, b: Float32Array) => a.reduce((sum, z, i) => sum + z * b[i]!, 0) / (0.01 * a.length);
  const n = 100_000;
  for (const [a, b, draws] of [
    [0, 2, 4],
    [0, 1, 3],
    [1, 2, 3],
  ] as const) {
    expect(Math.abs(correlation(draw(3, a, draws, n), draw(3, b, draws, n)))).toBeLessThan(4.5 / Math.sqrt(n));
  }
});

test("the first draw is the paper's one draw, however many there are", () => {
  for (const draws of [1, 2, 3, 4, 5]) expect(draw(3, 0, draws)).toEqual(draw(3, 0, 1));
});

test("each row is the mean over the draws", async () => {
  const image: Tensor = { shape: [3, 2, 2], data: new Float32Array(12) };
  const masks: Tensor = { shape: [3, 1, 1], data: new Float32Array(3) };
  let asked = 0;
  const classifier: Classifier = {
    height: 2,
    width: 2,
    classes: 1,
    batchSize: 2,
    classify: () => Promise.reject(new Error("not to be asked")),
    probe: async ({ gate, fill }) => {
      asked++;
      return { shape: [gate.shape[0]!, 1], data: fill.data.filter((_, i) => i % 12 === 0) };
    },
  };
  const rows: number[] = [];
  const noise = (k: number, into: Float32Array, number: number) => into.fill(10 * k + number);
  let steps = 0;
  for await (const batch of scoreMasks(classifier, image, masks, noise, 4)) {
    // One can stop after each draw.
    expect(asked).toBe(2 * ++steps);
    if (batch === null) continue;
    const { first, masked, noisy } = batch;
    expect(first).toBe(rows.length);
    expect(noisy).toEqual(masked);
    rows.push(...masked.data);
  }
  expect(rows).toEqual([1.5, 11.5, 21.5]);
  expect(asked).toBe(2 * 2 * 4);
});
