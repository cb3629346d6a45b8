import fc from "fast-check";
import { expect, test } from "vitest";
import { normalise } from "../../lib/image/preprocess.ts";
import { type Box, intersectionOverUnion, pixelsIn } from "../../lib/metrics/box.ts";
import { energyInside } from "../../lib/metrics/energy-inside.ts";
import { localise } from "../../lib/metrics/localisation.ts";
import { mostSalient, pointingGame } from "../../lib/metrics/pointing-game.ts";
import type { Saliency } from "../../lib/metrics/saliency.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { chooseMasks } from "../../lib/methods/vit-cx/choose-masks.ts";
import { extent } from "../golden/cases.ts";
import { golden, goldenScalar } from "../golden/golden.ts";
import { tinyModel } from "../vit/tiny-models.ts";
import { first } from "../first.ts";

const map = (rows: string): Saliency => {
  const lines = rows.trim().split(/\s+/);
  return { shape: [lines.length, lines[0]!.length], data: Float64Array.from(lines.join(""), Number) };
};
const box = (left: number, top: number, right: number, bottom: number): Box => ({ left, top, right, bottom });

test("the pointing game gives the reference's points, hits and accuracy", () => {
  const { data } = golden("pointing/saliency_raw");
  const boxes = golden<"int32">("pointing/boxes").data;
  const hits = Array.from({ length: 10 }, (_, n) => {
    const saliency = { shape: [64, 64], data: data.subarray(n * 4096, (n + 1) * 4096) };
    const { x, y } = mostSalient(saliency);
    expect(y * 64 + x).toBe(golden<"int32">("pointing/argmax").data[n]);
    const [left = NaN, top = NaN, right = NaN, bottom = NaN] = boxes.subarray(n * 4, n * 4 + 4);
    return pointingGame(saliency, [{ left, top, right, bottom }], 0) ? 1 : 0;
  });
  expect(hits).toEqual([...golden<"int32">("pointing/hit").data]);
  expect(hits.reduce<number>((sum, hit) => sum + hit, 0) / 10).toBe(goldenScalar("pointing/accuracy"));
});

test("the masks of each of the reference's images are merged into as many as the authors' are", async () => {
  await using classifier = await openClassifier(tinyModel("tiny_vit_op17.onnx"), { batchSize: 1 });
  const bytes = golden<"uint8">("pointing/images_u8").data;
  const counts: number[] = [];
  for (let n = 0; n < 10; n++) {
    const image = normalise(bytes.subarray(n * 12288, (n + 1) * 12288), 64, 64, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);
    const { embeddings } = await classifier.classify(image);
    counts.push(chooseMasks(embeddings, { delta: 0.1, seed: 0 }, extent).clusterSizes.length);
  }
  expect(counts).toEqual([...golden<"int32">("pointing/K").data]);
});

test("a point hits up to the tolerance's distance from the nearest pixel of a box, measured in a circle", () => {
  const saliency = map("900000 000000 000000 000000 000000 000000");
  const there = [box(3, 4, 6, 6)]; // Its nearest pixel is (3, 4), 5 away.
  expect(pointingGame(saliency, there, 5)).toBe(true);
  expect(pointingGame(saliency, there, 4.99)).toBe(false);
  expect(pointingGame(saliency, [...there, box(0, 0, 1, 1)], 0)).toBe(true);
  expect(pointingGame(saliency, there)).toBe(true);
});

test("the distance is one of the image, whose pixels may be smaller than the map's, and not square", () => {
  const saliency = map("900000 000000 000000 000000 000000 000000");
  const below = [box(0, 5, 1, 6)];
  const aside = [box(5, 0, 6, 1)];
  const pixel = { width: 3, height: 2 };
  expect(pointingGame(saliency, below, 10, pixel)).toBe(true);
  expect(pointingGame(saliency, below, 9.9, pixel)).toBe(false);
  expect(pointingGame(saliency, aside, 15, pixel)).toBe(true);
  expect(pointingGame(saliency, aside, 14.9, pixel)).toBe(false);
});

test("of equal maxima the first in reading order points", () => {
  expect(mostSalient(map("0101 2121 1111"))).toEqual({ x: 0, y: 1 });
});

test("energy inside is the share of the map in the boxes, each pixel once, whatever the map's zero and scale", () => {
  const saliency = map("1300 1100 0002");
  expect(energyInside(saliency, [box(0, 0, 2, 2)])).toBeCloseTo(6 / 8, 12);
  expect(energyInside(saliency, [box(0, 0, 2, 2), box(1, 0, 4, 3)])).toBe(1);
  expect(energyInside({ ...saliency, data: saliency.data.map((v) => 7 + v / 9) }, [box(0, 0, 2, 2)])).toBeCloseTo(6 / 8, 12);
  expect(energyInside(map("55 55"), [box(0, 0, 1, 1)])).toBe(0);
});

test("a pixel is in a box if its centre is", () => {
  expect([...pixelsIn([box(0.5, 0, 2.4, 1)], { height: 2, width: 4 })]).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
  expect([...pixelsIn([box(-3, 1, 1, 9), box(7, 0, 9, 2)], { height: 2, width: 4 })]).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
});

test("localisation boxes the largest connected region above the threshold", () => {
  const saliency = map(`
    900000
    000550
    000058
    040005
    044000
  `);
  expect(localise(saliency, [box(3, 1, 6, 4)], 0.5)).toEqual({ box: box(3, 1, 6, 4), overlap: 1, found: true });
  expect(localise(saliency, [box(3, 1, 6, 3)], 0.5)).toMatchObject({ overlap: 6 / 9, found: true });
  expect(localise(saliency, [box(3, 1, 4, 2), box(0, 0, 1, 1)], 0.5)).toMatchObject({ overlap: 1 / 9, found: false });
  expect(localise(saliency, [box(0, 0, 1, 1)], 0.95)).toMatchObject({ overlap: 1, found: true });
  expect(localise(map("00 00"), [box(0, 0, 1, 1)], 0.5)).toEqual({ box: null, overlap: 0, found: false });
});

test("intersection over union equals the counted pixels', for boxes of whole pixels", () => {
  const boxes = fc
    .tuple(fc.nat(9), fc.nat(9), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
    .map(([x, y, width, height]) => box(x, y, x + width, y + height));
  fc.assert(
    fc.property(boxes, boxes, (a, b) => {
      const extent = { height: 16, width: 16 };
      const [inA, inB, either] = first(
        3,
        [[a], [b], [a, b]].map((some) => pixelsIn(some, extent).reduce((sum, on) => sum + on, 0)),
      );
      expect(intersectionOverUnion(a, b)).toBeCloseTo((inA + inB - either) / either, 12);
    }),
  );
});

test("the box of a salient box is the box, at every threshold", () => {
  const corners = fc.tuple(fc.nat(8), fc.nat(8), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }));
  fc.assert(
    fc.property(corners, fc.double({ min: 0.01, max: 1, noNaN: true }), ([x, y, width, height], threshold) => {
      const truth = box(x, y, x + width, y + height);
      const saliency = { shape: [12, 12], data: Float64Array.from(pixelsIn([truth], { height: 12, width: 12 })) };
      expect(localise(saliency, [truth], threshold)).toEqual({ box: truth, overlap: 1, found: true });
    }),
  );
});
