import { expect, test } from "vitest";
import { fillGaussian } from "../../lib/tensor/gaussian-noise.ts";

const draw = (length: number, seed: number, stream: number, sd = 1) => {
  const into = new Float32Array(length);
  fillGaussian(into, seed, stream, sd);
  return into;
};

test("is a pure function of seed and stream, the same on every machine", () => {
  expect(draw(1000, 7, 3)).toEqual(draw(1000, 7, 3));
  expect(Array.from(draw(4, 7, 3, 0.1))).toMatchInlineSnapshot(`
    [
      0.02529153786599636,
      -0.02361002191901207,
      0.03300194442272186,
      -0.03333894535899162,
    ]
  `);
});

test("another seed and another stream give other noise, and a longer draw begins as a shorter one", () => {
  expect(draw(8, 7, 3)).not.toEqual(draw(8, 8, 3));
  expect(draw(8, 7, 3)).not.toEqual(draw(8, 7, 4));
  expect(draw(8, 3, 7)).not.toEqual(draw(8, 7, 3));
  expect(draw(80, 7, 3).subarray(0, 8)).toEqual(draw(8, 7, 3));
});

test("sd 0 is no noise", () => {
  expect(draw(100, 1, 1, 0).every((value) => value === 0)).toBe(true);
});

/** P(Z ≤ x) in 64 slices, by the trapezoid rule. */
const cumulative = (x: number) => {
  let sum = 0;
  for (let t = -8; t < x; t += 1e-3) sum += Math.exp(-0.5 * (t + 5e-4) ** 2) * 1e-3;
  return sum / Math.sqrt(2 * Math.PI);
};

test("follows the normal distribution: moments to four of their standard errors, Kolmogorov's distance, tails", () => {
  const n = 2_000_000;
  const values = Float32Array.from({ length: 20 }, (_, i) => i).reduce<Float64Array>((all, stream) => {
    all.set(draw(n / 20, 42, stream), (stream * n) / 20);
    return all;
  }, new Float64Array(n));
  const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / n;
  expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / n));
  expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n));
  expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));

  values.sort();
  for (const x of [-4, -3.7, -3.6, -3, -2, -1, -0.5, -0.01, 0, 0.2, 0.7, 1.5, 2.5, 3.3, 3.65, 3.8]) {
    const expected = cumulative(x);
    const below = lowerBound(values, x) / n;
    expect(Math.abs(below - expected), `share below ${x}`).toBeLessThan(4.5 * Math.sqrt((expected * (1 - expected)) / n) + 1e-6);
  }
});

test("neighbouring draws and neighbouring streams are not correlated", () => {
  const n = 500_000;
  const [a, b] = [draw(n, 42, 0), draw(n, 42, 1)];
  const correlation = (shift: number, other: Float32Array) =>
    a.subarray(shift).reduce((sum, value, i) => sum + value * other[i]!, 0) / n;
  for (const shift of [1, 2, 3, 4, 224]) expect(Math.abs(correlation(shift, a))).toBeLessThan(4.5 / Math.sqrt(n));
  expect(Math.abs(correlation(0, b))).toBeLessThan(4.5 / Math.sqrt(n));
  expect(Math.abs(correlation(0, draw(n, 43, 0)))).toBeLessThan(4.5 / Math.sqrt(n));
});

function lowerBound(sorted: Float64Array, x: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}
