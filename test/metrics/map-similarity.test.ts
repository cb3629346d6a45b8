import { expect, test } from "vitest";
import { spearman } from "../../lib/metrics/correlation.ts";
import { hogSimilarity } from "../../lib/metrics/hog-similarity.ts";
import { mapSimilarity } from "../../lib/metrics/map-similarity.ts";
import { structuralSimilarity } from "../../lib/metrics/structural-similarity.ts";
import { golden } from "../golden/golden.ts";

const [a, b] = [golden("vitcx_vit/saliency_raw"), golden("vitcx_deit/saliency_raw")];

test("Two maps are compared in three ways, in each of which a map is like itself", () => {
  const expected = { spearman: spearman(a.data, b.data), ssim: structuralSimilarity(a, b), hog: hogSimilarity(a, b) };
  expect(mapSimilarity(a, b)).toEqual(expected);
  for (const value of Object.values(mapSimilarity(a, a)!)) expect(value).toBeCloseTo(1, 12);
});

test.for([
  ["is constant", a.data.map(() => 0.3)],
  ["has a number that is none", a.data.with(5, NaN)],
  ["has an infinite one", a.data.with(5, Infinity)],
] as const)("A map that %s is like no other, and no NaN comes of it", ([, data]) => {
  expect(mapSimilarity(a, { ...a, data })).toBeNull();
  expect(mapSimilarity({ ...a, data }, a)).toBeNull();
});
