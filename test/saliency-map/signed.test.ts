import { expect, test } from "vitest";
import { drawOverlay } from "../../lib/image/overlay.ts";
import { decodeImage } from "../../lib/image/decode.ts";
import { encodePng } from "../../lib/image/png.ts";
import { colourise, strengthOf } from "../../lib/saliency-map/colours.ts";
import { normaliseSigned } from "../../lib/saliency-map/normalise.ts";

test("A map with a sign keeps 0 in the middle, whatever its extremes", () => {
  const { data } = normaliseSigned({ shape: [1, 4], data: Float64Array.of(-1, 0, 2, 4) });
  expect([...data]).toEqual([0.375, 0.5, 0.75, 1]);
  expect([...normaliseSigned({ shape: [2], data: new Float64Array(2) }).data]).toEqual([0.5, 0.5]);
});

test("It is drawn from blue over white in the middle to red", () => {
  const [[r0, , b0], [r1, g1, b1], [r2, , b2]] = [0, 3, 6].map((i) =>
    Array.from(colourise([0, 0.5, 1], "diverging").subarray(i, i + 3)),
  ) as [[number, number, number], [number, number, number], [number, number, number]];
  expect(b0).toBeGreaterThan(r0 + 50);
  expect(r2).toBeGreaterThan(b2 + 50);
  expect(Math.min(r1, g1, b1)).toBeGreaterThan(230);
});

test("Over a picture the middle is clear, and both ends are not", async () => {
  const grey = await encodePng(new Uint8Array(448 * 448 * 3).fill(100), 448, 448);
  const map = { shape: [1, 3], data: Float32Array.of(0, 0.5, 1) };
  const options = { strength: (value: number) => strengthOf(value, "diverging") };
  const drawn = await drawOverlay(
    grey,
    { left: 0, top: 0, width: 448, height: 448 },
    map,
    (v) => colourise(v, "diverging"),
    options,
  );
  const { data } = await decodeImage(drawn);
  const at = (x: number) => Array.from(data.subarray(3 * (224 * 448 + x), 3 * (224 * 448 + x) + 3));
  expect(at(224).every((value) => Math.abs(value - 100) <= 2)).toBe(true);
  expect(at(10)[2]).toBeGreaterThan(at(10)[0]!);
  expect(at(440)[0]).toBeGreaterThan(at(440)[2]!);
});
