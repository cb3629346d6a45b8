import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bootstrapInterval,
  mean,
  quantile,
  standardDeviation,
  summarise,
  summarisePaired,
} from "../../lib/evaluation/report/statistics.ts";
import { fillGaussian } from "../../lib/tensor/gaussian-noise.ts";
import { first } from "../first.ts";

/** Of values that have nothing to do with each other. */
const intervalOf = (values: readonly number[]) => bootstrapInterval(values.map((value) => [value]));

const samples = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 40 });

test("mean, standard deviation and quantiles are those of the textbook", () => {
  const values = [2, 4, 4, 4, 5, 5, 7, 9];
  expect(mean(values)).toBe(5);
  expect(standardDeviation(values)).toBeCloseTo(Math.sqrt(32 / 7), 12);
  expect(quantile([9, 1, 5], 0.5)).toBe(5);
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect([quantile(values, 0), quantile(values, 1)]).toEqual([2, 9]);
});

describe("the interval of the mean", () => {
  test("is that of the normal distribution, where that holds", () => {
    const noise = new Float32Array(400);
    fillGaussian(noise, 5, 0, 2);
    const values = Array.from(noise, (value) => 3 + value);
    const [low, high] = intervalOf(values);
    const margin = (1.96 * standardDeviation(values)) / Math.sqrt(400);
    expect(Math.abs(low - (mean(values) - margin))).toBeLessThan(0.1 * margin);
    expect(Math.abs(high - (mean(values) + margin))).toBeLessThan(0.1 * margin);
  });

  test("of hits and misses is that of the binomial distribution", () => {
    const [low, high] = intervalOf(Array.from({ length: 100 }, (_, i) => (i < 20 ? 1 : 0)));
    // The 2.5 % and 97.5 % quantiles of B(100, 0.2) are 12 and 28.
    expect(Math.abs(low - 0.12)).toBeLessThan(0.011);
    expect(Math.abs(high - 0.28)).toBeLessThan(0.011);
  });

  test("lies within the values, around their mean, and is the same whatever their order", () => {
    fc.assert(
      fc.property(samples, (values) => {
        const [low, high] = intervalOf(values);
        expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-12);
        expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-12);
        expect(low).toBeLessThanOrEqual(high);
        expect(summarise(values.toReversed())).toEqual(summarise(values));
      }),
      { numRuns: 30 },
    );
  });

  test("moves with the values", () => {
    const [low, high] = intervalOf([1, 2, 4, 8]);
    const [movedLow, movedHigh] = intervalOf([11, 12, 14, 18]);
    expect([movedLow - low, movedHigh - high]).toEqual([expect.closeTo(10, 9), expect.closeTo(10, 9)]);
  });
});

test("clusters are drawn as wholes: the same ones make the same interval, however large they are", () => {
  const once = bootstrapInterval([[0.1], [0.5], [0.9], [0.3]]);
  expect(
    bootstrapInterval([
      [0.5, 0.5],
      [0.3, 0.3],
      [0.1, 0.1],
      [0.9, 0.9],
    ]),
  ).toEqual(once);
  // A large cluster weighs as much as it has values.
  const [low, high] = bootstrapInterval([[0, 0, 0, 0, 0, 0, 0, 0], [1], [1], [1]]);
  expect([low, high]).toEqual([1 / 25, 1]);
});

test("of one value neither a spread nor an interval is claimed", () => {
  expect(summarise([0.25])).toEqual({ n: 1, mean: 0.25, sd: null, interval: null });
});

describe("a paired difference", () => {
  test("takes the subjects that both have", () => {
    const a = new Map([
      ["x", 1],
      ["y", 4],
      ["only a", 100],
    ]);
    const b = new Map([
      ["only b", -100],
      ["y", 1],
      ["x", 2],
    ]);
    expect(summarisePaired(a, b)).toMatchObject({ n: 2, mean: 1, sd: Math.sqrt(8) });
    expect(summarisePaired(a, new Map([["only b", 1]]))).toBeNull();
  });

  test("sees what differs the same way everywhere, however different the subjects are", () => {
    const keys = Array.from({ length: 20 }, (_, i) => `${i}`);
    const hard = new Map(keys.map((key, i) => [key, i % 2 === 0 ? 0 : 0.9 + i / 1000]));
    const easier = new Map(keys.map((key, i) => [key, hard.get(key)! + 0.01 + i / 10_000]));
    const [low] = summarisePaired(easier, hard)!.interval!;
    expect(low).toBeGreaterThan(0.01);
    expect(summarise([...easier.values()]).interval![0]).toBeLessThan(mean([...hard.values()]));
  });

  test("is the other's with the sign turned", () => {
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        const [ofA, ofB] = first(
          2,
          [a, b].map((values) => new Map(values.map((value, i) => [`${i}`, value]))),
        );
        const [there, back] = [summarisePaired(ofA, ofB)!, summarisePaired(ofB, ofA)!];
        expect(there.mean).toBeCloseTo(-back.mean, 12);
        expect(there.n).toBe(Math.min(a.length, b.length));
      }),
      { numRuns: 30 },
    );
  });
});
