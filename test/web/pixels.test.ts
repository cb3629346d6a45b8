import { expect, test } from "vitest";
import { enlarge, maskMap, pixelsOf, shareAbove } from "../../web/drawing/pixels.ts";

test("over the picture a map is clear at 0 and opaque at 1; alone it is opaque", () => {
  const values = Float32Array.of(0, 0.5, 1);
  expect(alphas(pixelsOf(values, { kind: "overlay", colours: "grey" }))).toEqual([0, 128, 255]);
  const solid = pixelsOf(values, { kind: "solid", colours: "grey" });
  expect([...solid]).toEqual([0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255]);
});

test("revealing veils what is below the threshold, and only that", () => {
  const rgba = pixelsOf(Float32Array.of(0, 0.4, 0.5, 1), { kind: "reveal", threshold: 0.5, dark: true });
  expect(alphas(rgba)).toEqual([230, 230, 0, 0]);
  expect(alphas(pixelsOf(Float32Array.of(0, 0.5, 1), { kind: "kept", dark: false }))).toEqual([230, 115, 0]);
  expect(shareAbove([0, 0.4, 0.5, 1], 0.5)).toBe(0.5);
});

test("a mask is its own row of the grids, enlarged within 0 and 1", () => {
  const masks = { shape: [2, 2, 2], data: Float32Array.of(0, 0, 0, 0, -0.1, 1.2, -0.1, 1.2) };
  const { shape, data } = maskMap(masks, 1, 4, 4);
  expect(shape).toEqual([4, 4]);
  expect(data[0]).toBe(0);
  expect(data[3]).toBe(1);
  expect(enlarge({ shape: [1, 1], data: Float32Array.of(0.25) }, 2, 3).data).toEqual(new Float32Array(6).fill(0.25));
});

function alphas(rgba: Uint8ClampedArray): number[] {
  return [...rgba].filter((_, i) => i % 4 === 3);
}
