import fc from "fast-check";
import { expect, test } from "vitest";
import { drawMask, randomMask, shiftedMask } from "../../lib/masks/random-masks.ts";
import { sumOfMasks } from "../../lib/masks/sum-of-masks.ts";
import { extent } from "../golden/cases.ts";
import { golden, largestDifference } from "../golden/golden.ts";
import { authorsMasks } from "./authors-masks.ts";

test("All masks of the authors' grids and shifts equal the authors', to 1e-6", () => {
  const { shape, data } = golden("vit_baselines/rise_masks");
  expect(shape).toEqual([authorsMasks.length, 64, 64]);
  authorsMasks.forEach(({ grid, down, right }, k) => {
    const mask = shiftedMask(grid, down, right, extent);
    expect(largestDifference(mask.data, data.subarray(k * 4096, (k + 1) * 4096))).toBeLessThan(1e-6);
  });
});

test("The sum of masks is that of each as large as the image, whatever their size and shifts", () => {
  const sides = fc.integer({ min: 1, max: 40 });
  const weights = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(), sides, sides, weights, (cells, seed, height, width, w) => {
      const options = { gridSize: cells, p1: 0.5, seed };
      const expected = new Float64Array(height * width);
      w.forEach((weight, k) => {
        randomMask(k, options, { height, width }).data.forEach((value, i) => (expected[i]! += weight * value));
      });
      const sum = sumOfMasks(Float64Array.from(w), (k) => drawMask(k, options), { height, width });
      expect(sum.shape).toEqual([height, width]);
      expect(largestDifference(sum.data, expected)).toBeLessThan(1e-12);
    }),
  );
});
