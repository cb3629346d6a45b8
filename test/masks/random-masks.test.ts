import fc from "fast-check";
import { expect, test } from "vitest";
import { randomMask, randomMasks, shiftedMask } from "../../lib/masks/random-masks.ts";
import { extent } from "../golden/cases.ts";
import { golden, largestDifference } from "../golden/golden.ts";

/** What the authors' generator drew for the first masks of the reference, numpy's seed 11: the grid and its shift in pixels. */
const drawn = [
  { cells: "1110111100010010111100111100111000000110111111000", down: 5, right: 9 },
  { cells: "0011101101000110000001001011110100111000000101110", down: 6, right: 3 },
  { cells: "0011011111100010000011000110100001010101100001000", down: 1, right: 6 },
  { cells: "1100011000110100110011011010011101000011010110100", down: 7, right: 5 },
  { cells: "1111100000000111010001010111111011111110000101001", down: 3, right: 3 },
  { cells: "1101111001000110111011001000110011000111100110011", down: 0, right: 6 },
];

test("a mask of the authors' grid and shift equals the authors', to 1e-6", () => {
  const masks = golden("vit_baselines/rise_masks").data;
  drawn.forEach(({ cells, down, right }, k) => {
    const grid = { shape: [7, 7], data: Float64Array.from(cells, Number) };
    const mask = shiftedMask(grid, down / 10, right / 10, extent);
    expect(largestDifference(mask.data, masks.subarray(k * 4096, (k + 1) * 4096))).toBeLessThan(1e-6);
  });
});

test("masks lie in [0, 1] and are a pure function of seed and number", () => {
  const sizes = fc.record({ height: fc.integer({ min: 1, max: 40 }), width: fc.integer({ min: 1, max: 40 }) });
  fc.assert(
    fc.property(fc.nat(1000), fc.integer({ min: 1, max: 9 }), fc.nat(), sizes, (k, cells, seed, size) => {
      const options = { gridSize: cells, p1: 0.5, seed };
      const mask = randomMask(k, options, size);
      expect(mask.shape).toEqual([size.height, size.width]);
      expect(mask.data.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(randomMask(k, options, size)).toEqual(mask);
    }),
  );
});

test("as much is visible as asked for, to four standard errors of the cells' mean", () => {
  for (const visible of [0.1, 0.5, 0.8]) {
    const masks = randomMasks(400, { gridSize: 7, p1: visible, seed: 5 }, { height: 28, width: 28 });
    const mean = masks.data.reduce((sum, value) => sum + value / masks.data.length, 0);
    expect(Math.abs(mean - visible)).toBeLessThan(4 * Math.sqrt((visible * (1 - visible)) / (400 * 49)));
  }
});
