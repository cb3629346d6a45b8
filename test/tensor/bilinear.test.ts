import { sizesOf } from "../../lib/tensor/tensor.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bilinearAxis, cellEnds, resample, resizeBilinear } from "../../lib/tensor/bilinear.ts";
import { golden, largestDifference } from "../golden/golden.ts";

test.each([
  ["in_14x14", "out_14x14_to_56x56"],
  ["in_7x5", "out_7x5_to_30x41"],
  ["in_8x8", "out_8x8_to_64x64"],
  ["in_12x10", "out_12x10_to_5x7"],
])("resizes %s as torchvision does, to 2e-6", (from, to) => {
  const [input, output] = [golden(`resize/${from}`), golden(`resize/${to}`)];
  const [count, h, w] = sizesOf(input, 3);
  const [, height, width] = sizesOf(output, 3);
  for (let n = 0; n < count; n++) {
    const map = { shape: [h, w], data: input.data.subarray(n * h * w, (n + 1) * h * w) };
    const expected = output.data.subarray(n * height * width, (n + 1) * height * width);
    expect(largestDifference(resizeBilinear(map, height, width).data, expected)).toBeLessThan(2e-6);
  }
});

test("the least and the largest sample of an upsampled map are at the ends of grid cells", () => {
  const side = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(
      side,
      side,
      fc.integer({ min: 1, max: 17 }),
      fc.integer({ min: 1, max: 17 }),
      fc.infiniteStream(fc.double({ min: -5, max: 5, noNaN: true })),
      (h, w, up, across, values) => {
        const map = { shape: [h, w], data: Float64Array.from({ length: h * w }, () => values.next().value) };
        const [rows, columns] = [bilinearAxis(h, h * up), bilinearAxis(w, w * across)];
        const [all, ends] = [resample(map, rows, columns).data, resample(map, cellEnds(rows), cellEnds(columns)).data];
        expect(Math.min(...ends)).toBe(Math.min(...all));
        expect(Math.max(...ends)).toBe(Math.max(...all));
      },
    ),
  );
});

test("28 samples an axis stand for 224", () => {
  expect(cellEnds(bilinearAxis(14, 224)).lower).toHaveLength(28);
});

test("a map of its own size stays as it is", () => {
  const map = { shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) };
  expect(resizeBilinear(map, 2, 3)).toEqual(map);
});
