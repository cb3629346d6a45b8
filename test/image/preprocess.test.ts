import fc from "fast-check";
import { expect, test } from "vitest";
import { encodePng } from "../../lib/image/png.ts";
import { normalise, preprocess, type Preprocessing, visibleRegion } from "../../lib/image/preprocess.ts";
import type { Manifest } from "../../lib/vit/catalog/manifest.ts";
import { golden, largestDifference } from "../golden/golden.ts";
import { plain } from "./images.ts";

/** Preprocessing whose numbers are the pixels' own, 0 to 255. */
const bytesOf: Preprocessing = {
  width: 64,
  height: 64,
  mean: [0, 0, 0],
  sd: [1 / 255, 1 / 255, 1 / 255],
  resize: { fit: "stretch" },
  interpolation: "bilinear",
} satisfies Manifest["input"];

test.each([
  ["resize/pil_bilinear73_crop64", { shortestEdge: 73, interpolation: "bilinear" }],
  ["resize/timm_like_bicubic71_crop64", { shortestEdge: 71, interpolation: "bicubic" }],
] as const)("equals Pillow and torchvision to the last grey level: %s", async (name, { shortestEdge, interpolation }) => {
  const source = golden<"uint8">("resize/image_u8_90x120");
  const expected = golden<"uint8">(name);
  const input: Preprocessing = { ...bytesOf, resize: { fit: "crop", shortestEdge }, interpolation };
  const { shape, data } = await preprocess(await encodePng(source.data, 120, 90), input);
  expect(shape).toEqual([3, 64, 64]);
  expect(largestDifference(data, channelsFirst(expected.data))).toBeLessThan(1e-4);
});

test("stretch takes the whole picture, whatever its aspect", async () => {
  const bytes = await encodePng(Uint8Array.of(0, 100), 2, 1);
  const { data } = await preprocess(bytes, { ...bytesOf, width: 2, height: 3, interpolation: "nearest" });
  expect([...data]).toEqual(Array.from({ length: 9 }, () => [0, 100]).flat());
});

test.each([1, 5000])("a picture of 1 × %i pixels has its input too", async (height) => {
  const bytes = await plain(9, 9, 9).resize(1, height, { fit: "fill" }).png().toBuffer();
  const { data } = await preprocess(bytes, { ...bytesOf, resize: { fit: "crop", shortestEdge: 73 } });
  expect(data.every((value) => Math.abs(value - 9) < 1e-4)).toBe(true);
});

test("normalise is (pixel / 255 − mean) / sd, channels first", () => {
  const { shape, data } = normalise(Uint8Array.of(0, 51, 255, 255, 102, 0), 2, 1, [0.5, 0.2, 0], [0.5, 0.1, 2]);
  expect(shape).toEqual([3, 1, 2]);
  expect(largestDifference(data, [-1, 1, 0, 2, 0.5, 0])).toBeLessThan(1e-6);
});

test("visibleRegion is the crop of the golden pictures", () => {
  const region = visibleRegion(120, 90, { ...bytesOf, resize: { fit: "crop", shortestEdge: 73 } });
  expect(region.left).toBeCloseTo((16 * 120) / 97, 12); // (97 − 64) / 2 = 16.5, half to even
  expect(region.top).toBeCloseTo((4 * 90) / 73, 12); // 4.5
  expect(region.width).toBeCloseTo((64 * 120) / 97, 12);
  expect(region.height).toBeCloseTo((64 * 90) / 73, 12);
});

test("visibleRegion of a picture that is squashed before it is cut is the same share of both its edges", () => {
  const resize = { fit: "stretch-crop", width: 80, height: 128 } as const;
  expect(visibleRegion(400, 256, { ...bytesOf, resize })).toEqual({ left: 40, top: 64, width: 320, height: 128 });
});

test("visibleRegion lies in the middle of the picture, to a pixel of the input", () => {
  const length = fc.integer({ min: 1, max: 5000 });
  fc.assert(
    fc.property(length, length, fc.integer({ min: 64, max: 96 }), (width, height, shortestEdge) => {
      const region = visibleRegion(width, height, { ...bytesOf, resize: { fit: "crop", shortestEdge } });
      expect(Math.min(region.left, region.top)).toBeGreaterThanOrEqual(0);
      expect(Math.abs(2 * region.left + region.width - width)).toBeLessThanOrEqual(1.001 * (region.width / 64));
      expect(Math.abs(2 * region.top + region.height - height)).toBeLessThanOrEqual(1.001 * (region.height / 64));
    }),
  );
});

function channelsFirst(pixels: Uint8Array): number[] {
  return [0, 1, 2].flatMap((channel) => Array.from({ length: pixels.length / 3 }, (_, i) => pixels[3 * i + channel]!));
}
