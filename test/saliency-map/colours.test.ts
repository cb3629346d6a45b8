import fc from "fast-check";
import { expect, test } from "vitest";
import { colourise } from "../../lib/saliency-map/colours.ts";

// The ends and middles that the colour maps' authors published.
test.each([
  ["turbo", [35, 23, 27], [149, 251, 81], [144, 12, 0]],
  ["viridis", [68, 1, 84], [33, 145, 140], [253, 231, 37]],
  ["grey", [0, 0, 0], [128, 128, 128], [255, 255, 255]],
] as const)("%s goes from its first colour to its last", (colours, first, middle, last) => {
  const rgb = [...colourise(Float32Array.of(0, 0.5, 1), colours)];
  expect(rgb.slice(0, 3)).toEqual(first);
  middle.forEach((value, i) => expect(Math.abs(rgb[3 + i]! - value)).toBeLessThanOrEqual(3)); // 0.5 is between two steps
  expect(rgb.slice(6)).toEqual(last);
});

test.each(["viridis", "grey"] as const)("%s is never darker for more", (colours) => {
  const value = fc.float({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)];
      const [r0, g0, b0, r1, g1, b1] = colourise([less, more], colours);
      const luma = (r: number, g: number, b: number) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
      expect(luma(r1!, g1!, b1!)).toBeGreaterThanOrEqual(luma(r0!, g0!, b0!) - 0.5);
    }),
  );
});
