import { expect, test } from "vitest";
import { decodeImage } from "../../lib/image/decode.ts";
import { type Colouring, drawHeatmap, heatmapDataUri } from "../../lib/image/heatmap.ts";
import { drawOverlay } from "../../lib/image/overlay.ts";
import { encodePng } from "../../lib/image/png.ts";
import { sharp } from "../../lib/image/sharp.ts";
import { photograph } from "./images.ts";

const red: Colouring = (values) => Uint8Array.from({ length: 3 * values.length }, (_, i) => (i % 3 === 0 ? 255 : 0));
const even = (value: number) => ({ shape: [14, 14], data: new Float32Array(196).fill(value) });
const leftHalf = { shape: [1, 2], data: Float32Array.of(1, 0) };

test.each([
  ["kept", { left: 0, top: 0, width: 600, height: 300 }, [600, 300]],
  ["enlarged", { left: 10.5, top: 20.25, width: 56, height: 112 }, [224, 448]],
  ["shrunk", { left: 0, top: 0, width: 2048, height: 256 }, [1024, 128]],
  ["at least a pixel wide", { left: 0, top: 0, width: 2048, height: 0.5 }, [1024, 1]],
])("an overlay's size is %s", async (_, region, size) => {
  const bytes = await photograph(2048, 300).jpeg().toBuffer();
  const { width, height } = await decodeImage(await drawOverlay(bytes, region, even(0.5), red));
  expect([width, height]).toEqual(size);
});

test("the picture shows where the map is 0 and the map where it is 1", async () => {
  const bytes = await encodePng(new Uint8Array(448 * 448).fill(100), 448, 448);
  const { data } = await decodeImage(await drawOverlay(bytes, { left: 0, top: 0, width: 448, height: 448 }, leftHalf, red));
  expect([...data.subarray(0, 3)]).toEqual([209, 30, 30]); // 0.3 · 100 + 0.7 · (255, 0, 0)
  expect([...data.subarray(447 * 3, 448 * 3)]).toEqual([100, 100, 100]);
});

test("only the region is drawn", async () => {
  const bytes = await encodePng(Uint8Array.of(0, 0, 80, 80), 4, 1);
  const picture = await decodeImage(await drawOverlay(bytes, { left: 3, top: 0, width: 1, height: 1 }, even(0), red));
  expect(picture).toMatchObject({ width: 448, height: 448 });
  expect(picture.data.at(-1)).toBe(80);
});

test("the same input is the same bytes", async () => {
  const bytes = await photograph(300, 200).jpeg().toBuffer();
  const draw = () => drawOverlay(bytes, { left: 50, top: 0, width: 200, height: 200 }, leftHalf, red);
  expect(Buffer.compare(await draw(), await draw())).toBe(0);
});

test("a heatmap has a pixel for each value", async () => {
  const colouring: Colouring = (values) =>
    Uint8Array.from({ length: 3 * values.length }, (_, i) => 255 * values[Math.floor(i / 3)]!);
  const map = { shape: [2, 3], data: Float32Array.of(0, 0.2, 0.4, 0.6, 0.8, 1) };
  const expected = { width: 3, height: 2, data: Buffer.from([0, 51, 102, 153, 204, 255].flatMap((grey) => [grey, grey, grey])) };
  expect(await decodeImage(await drawHeatmap(map, colouring))).toEqual(expected);
  const [header, base64 = ""] = (await heatmapDataUri(map, colouring)).split(",");
  expect(header).toBe("data:image/png;base64");
  expect(await decodeImage(Buffer.from(base64, "base64"))).toEqual(expected);
});

test("encodePng keeps grey grey and colour colour", async () => {
  const grey = Uint8Array.of(0, 128, 255, 7);
  expect(await sharp(await encodePng(grey, 2, 2)).metadata()).toMatchObject({ channels: 1, width: 2, height: 2 });
  const { data } = await decodeImage(await encodePng(grey, 2, 2));
  expect([...data]).toEqual([...grey].flatMap((value) => [value, value, value]));
  const colour = Uint8Array.of(1, 2, 3, 40, 50, 60);
  expect([...(await decodeImage(await encodePng(colour, 1, 2))).data]).toEqual([...colour]);
});
