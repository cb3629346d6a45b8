import fc from "fast-check";
import { expect, test } from "vitest";
import { pearson, spearman } from "../../lib/metrics/correlation.ts";
import { hog, hogSimilarity } from "../../lib/metrics/hog-similarity.ts";
import { maxSensitivity } from "../../lib/metrics/max-sensitivity.ts";
import type { Saliency } from "../../lib/metrics/saliency.ts";
import { sparseness } from "../../lib/metrics/sparseness.ts";
import { stability } from "../../lib/metrics/stability.ts";
import { structuralSimilarity } from "../../lib/metrics/structural-similarity.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { golden, largestDifference } from "../golden/golden.ts";
import { finish } from "./finish.ts";
import { first } from "../first.ts";

/** Computed with scipy 1.17.1 and scikit-image 0.26.0, in float64, of the maps normalised to [0, 1]. */
const pairs = [
  {
    maps: ["vitcx_vit/saliency_raw", "vitcx_deit/saliency_raw"],
    rank: -0.015579003671530053,
    ssim: 0.23104508676754007,
    hog: 0.13547335403280786,
    gini: 0.19901738317027975,
  },
  {
    maps: ["vit_baselines/rise_raw", "vit_baselines/scorecam_raw"],
    rank: 0.14302418113555332,
    ssim: 0.1987589771491644,
    hog: -0.04372877367492108,
    gini: 0.22096560135412655,
  },
  {
    maps: ["vit_baselines/occlusion_w15_s10", "vitcx_swin/saliency_raw"],
    rank: 0.4120157657212909,
    ssim: 0.45738152996856307,
    hog: 0.1764417882400267,
    gini: 0.23827215808560095,
  },
];

test.each(pairs)("$maps: rank correlation and SSIM equal the public libraries' to 1e-9, HOG to 1e-6", ({ maps, ...expected }) => {
  const [a, b] = first(
    2,
    maps.map((name) => golden(name)),
  );
  expect(spearman(a.data, b.data)).toBeCloseTo(expected.rank, 9);
  expect(structuralSimilarity(a, b)).toBeCloseTo(expected.ssim, 9);
  expect(hogSimilarity(a, b)).toBeCloseTo(expected.hog, 6);
  expect(sparseness(a)).toBeCloseTo(expected.gini, 9);
});

test("the histograms of oriented gradients equal scikit-image's, to 1e-6", () => {
  const expected = [
    0.0309837036715759, 0.008906744483086758, 0.003004643981257467, 0.023702018698247937, 0.1905401726704696, 0.04185495032648108,
    0.005229068155348063, 0, 0, 0.17935218156400742, 0.003458043785658418, 0.0026120431825714494,
  ];
  const found = hog(golden("vitcx_vit/saliency_raw"));
  expect(found).toHaveLength(6 * 6 * 81);
  expect(largestDifference(found.subarray(0, expected.length), expected)).toBeLessThan(1e-6);
});

const values = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 3, maxLength: 40 });

test("rank correlation does not change where the order does not, and changes its sign where the order is reversed", () => {
  fc.assert(
    fc.property(values, (a) => {
      const ranked = spearman(a, a);
      expect(ranked).toBeCloseTo(new Set(a).size === 1 ? 0 : 1, 12);
      expect(
        spearman(
          a,
          a.map((value) => -value),
        ),
      ).toBeCloseTo(-ranked, 12);
    }),
  );
  expect(spearman([1, 2, 3, 40], [0, 5, 6, 7])).toBeCloseTo(1, 12);
  expect(spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(pearson([0, 1.5, 1.5, 3], [0, 1, 2, 3]), 12);
});

test("stability is the mean over all pairs", () => {
  const maps = [
    [1, 2, 3, 4],
    [1, 2, 3, 9],
    [4, 3, 2, 1],
  ].map((data): Saliency => ({ shape: [2, 2], data: Float64Array.from(data) }));
  expect(stability(maps)).toBeCloseTo((1 - 1 - 1) / 3, 12);
});

test("sparseness is that of Gini's index: 0 for a constant map, 1 − 1/n for a single pixel, half way for half of them", () => {
  const of = (...data: number[]) => sparseness({ shape: [1, data.length], data: Float64Array.from(data) });
  expect(of(3, 3, 3, 3)).toBe(0);
  expect(of(0, 0, 7, 0)).toBeCloseTo(3 / 4, 12);
  expect(of(0, 1, 0, 1)).toBeCloseTo(1 / 2, 12);
});

test("a map is like itself, whatever its zero and scale", () => {
  const map = golden("vitcx_vit/saliency_raw");
  const scaled = { ...map, data: map.data.map((value) => 3 + 2 * value) };
  expect(structuralSimilarity(map, scaled)).toBeCloseTo(1, 3); // What float32 leaves of the map beside the 3.
  expect(structuralSimilarity(map, map)).toBeCloseTo(1, 12);
  expect(hogSimilarity(map, map)).toBeCloseTo(1, 12);
  expect(hogSimilarity(map, { ...map, data: new Float32Array(4096) })).toBe(0);
});

const image: Tensor = { shape: [3, 2, 2], data: Float32Array.from({ length: 12 }, (_, i) => i) };
const options = { radius: 0.5, samples: 20, seed: 4 };

/** An explanation that takes two steps. */
const inSteps = (mapOf: (image: Tensor) => Saliency) =>
  async function* (near: Tensor): AsyncGenerator<null, Saliency> {
    yield null;
    yield null;
    return mapOf(near);
  };

test("max-sensitivity of a map that ignores the image is 0, and that of one that follows it grows with the radius", async () => {
  const still: Saliency = { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) };
  const ignore = inSteps(() => still);
  expect(await finish(maxSensitivity(still, ignore, image, options))).toBe(0);
  const follow = ({ data }: Tensor): Saliency => ({ shape: [2, 2], data: Float64Array.from(data.subarray(0, 4)) });
  const of = (radius: number) => finish(maxSensitivity(follow(image), inSteps(follow), image, { ...options, radius }));
  const [near, far] = [await of(0.05), await of(0.5)];
  expect(near).toBeGreaterThan(0);
  expect(far).toBeGreaterThan(3 * near);
  expect(await of(0.5)).toBe(far);
});

test("max-sensitivity is the largest distance of what it tried, none of which is farther than the radius", async () => {
  const tried: number[] = [];
  const norm = Math.hypot(1, 1 / 3, 2 / 3);
  const distances: number[] = [];
  const explain = ({ data }: Tensor): Saliency => {
    tried.push(largestDifference(data, image.data));
    const shown = Float64Array.of(0, (data[1]! - data[0]!) / 3, 2 / 3, 1);
    distances.push(Math.abs(shown[1]! - 1 / 3) / norm);
    return { shape: [2, 2], data: shown };
  };
  const progress = [];
  const given = { shape: [2, 2], data: Float64Array.of(0, 1 / 3, 2 / 3, 1) };
  const steps = maxSensitivity(given, inSteps(explain), image, { ...options, radius: 0.2 });
  let step = await steps.next();
  for (; !step.done; step = await steps.next()) progress.push(step.value.done);
  // Both steps of a map, and the map itself.
  expect(progress).toEqual(Array.from({ length: 20 }, (_, i) => [i, i, i + 1]).flat());
  expect(tried).toHaveLength(20);
  expect(Math.min(...tried)).toBeGreaterThan(0);
  expect(Math.max(...tried)).toBeLessThanOrEqual(0.2 + 1e-6);
  expect(Math.max(...tried)).toBeGreaterThan(0.15);
  expect(step.value).toBeCloseTo(Math.max(...distances), 12);
});
