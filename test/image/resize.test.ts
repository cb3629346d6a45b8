import fc from "fast-check";
import { expect, test } from "vitest";
import type { Picture } from "../../lib/image/picture.ts";
import { type Interpolation, resizePicture } from "../../lib/image/resize.ts";
import { largestDifference } from "../golden/golden.ts";

const interpolation = fc.constantFrom<Interpolation>("nearest", "bilinear", "bicubic", "lanczos");
const side = fc.integer({ min: 1, max: 12 });
const picture = fc
  .tuple(side, side)
  .chain(([width, height]) =>
    fc.uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 }).map((data) => ({ width, height, data })),
  );
const whole = ({ width, height }: Picture) => ({ left: 0, top: 0, width, height });

test("the same size is the same picture", () => {
  fc.assert(
    fc.property(picture, interpolation, (picture, interpolation) => {
      const same = resizePicture(picture, whole(picture), picture.width, picture.height, interpolation);
      expect(largestDifference(same, picture.data)).toBe(0);
    }),
  );
});

test("one colour stays that colour at any size", () => {
  fc.assert(
    fc.property(side, side, side, side, fc.nat(255), interpolation, (width, height, columns, rows, grey, interpolation) => {
      const picture = { width, height, data: new Uint8Array(width * height * 3).fill(grey) };
      const resized = resizePicture(picture, whole(picture), columns, rows, interpolation);
      expect(resized).toEqual(new Uint8Array(columns * rows * 3).fill(grey));
    }),
  );
});

const smooth = fc.constantFrom<Interpolation>("bilinear", "bicubic", "lanczos"); // nearest may fall on either side of a tie
test("a region resized is that part of the whole resized", () => {
  fc.assert(
    fc.property(picture, side, side, side, side, smooth, (picture, a, b, c, d, interpolation) => {
      const [columns, rows] = [a + b, c + d];
      const [x, y] = [picture.width / columns, picture.height / rows];
      const region = { left: a * x, top: c * y, width: b * x, height: d * y };
      const part = resizePicture(picture, region, b, d, interpolation);
      const all = resizePicture(picture, whole(picture), columns, rows, interpolation);
      const expected = Array.from({ length: d }, (_, row) => {
        const start = ((c + row) * columns + a) * 3;
        return [...all.subarray(start, start + b * 3)];
      }).flat();
      expect(largestDifference(part, expected)).toBeLessThanOrEqual(1);
    }),
  );
});

test.each([
  ["nearest", [10, 10, 200, 200]],
  ["bilinear", [10, 58, 153, 200]],
  ["bicubic", [0, 49, 161, 217]], // Keys' cubic, cut off at the edges: weights 0.7929 and 0.2071, 1.0882 and -0.0882
] as const)("%s enlarges two pixels to four", (interpolation, expected) => {
  const picture = { width: 2, height: 1, data: Uint8Array.of(10, 10, 10, 200, 200, 200) };
  const resized = resizePicture(picture, whole(picture), 4, 1, interpolation);
  expect([0, 3, 6, 9].map((i) => resized[i])).toEqual(expected);
});

test("shrinking averages over the pixels that vanish", () => {
  const stripes = Uint8Array.from({ length: 300 }, (_, i) => (Math.floor(i / 3) % 2) * 200);
  const resized = resizePicture(
    { width: 100, height: 1, data: stripes },
    { left: 0, top: 0, width: 100, height: 1 },
    5,
    1,
    "bilinear",
  );
  for (const value of resized) expect(Math.abs(value - 100)).toBeLessThanOrEqual(5);
});
