import fc from "fast-check";
import { expect, test } from "vitest";
import { channelsFirst, patchGrid } from "../../lib/vit/graph/patch-grid.ts";
import { tinyManifest } from "./tiny-models.ts";

const of = (height: number, width: number, embedding = {}) => {
  const { input } = tinyManifest();
  return { input: { ...input, height, width }, embedding };
};

test("The grid of a plain ViT is what its patches' stride cuts out of the image; the other tokens come first", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 40 }),
      fc.integer({ min: 2, max: 40 }),
      fc.integer({ min: 0, max: 9 }),
      (h, w, prefix) => {
        const grid = patchGrid([prefix + h * w, 48], of(h * 16, w * 16), [16, 16]);
        expect(grid).toEqual({ rows: h, columns: w, prefixTokens: prefix, channels: 48 });
      },
    ),
  );
});

test.for([
  { of: "a stage of a hierarchy", shape: [14 * 7, 384], image: [224, 112], stride: [4, 4], grid: [14, 7, 0] },
  { of: "overlapping patches", shape: [442, 192], image: [224, 224], stride: [10, 10], grid: [21, 21, 1] },
  { of: "patches that no convolution cuts", shape: [198, 192], image: [224, 224], stride: undefined, grid: [14, 14, 2] },
  { of: "embeddings laid out in rows and columns", shape: [7, 9, 48], image: [224, 224], stride: [4, 4], grid: [7, 9, 0] },
] as const)("The grid is found for $of", ({ shape, image, stride, grid }) => {
  const { rows, columns, prefixTokens } = patchGrid(shape, of(image[0], image[1]), stride);
  expect([rows, columns, prefixTokens]).toEqual(grid);
});

test("What the manifest says of the grid goes before what can be found", () => {
  expect(patchGrid([25, 48], of(64, 64, { grid: [2, 10] }), [16, 16])).toMatchObject({ rows: 2, columns: 10, prefixTokens: 5 });
  expect(patchGrid([26, 48], of(64, 64, { prefixTokens: 10 }), undefined)).toMatchObject({
    rows: 4,
    columns: 4,
    prefixTokens: 10,
  });
});

test.for([
  [{ grid: [8, 9] }, "0 prefix tokens and 8 x 9 patches of 48 channels as the manifest says, got -7 prefix tokens"],
  [{ prefixTokens: 2 }, "2 prefix tokens and 8 x 8 patches of 48 channels as the manifest says, got 1 prefix tokens"],
  [{ channels: 64 }, "8 x 8 patches of 64 channels as the manifest says, got 1 prefix tokens and 8 x 8 patches of 48"],
] as const)("A manifest that says %j of 65 tokens is contradicted", ([embedding, sentence]) => {
  expect(() => patchGrid([65, 48], of(64, 64, embedding), [8, 8])).toThrow(
    expect.objectContaining({ code: "MODEL_UNUSABLE", message: expect.stringContaining(sentence) }),
  );
});

test("Embeddings of another rank are refused", () => {
  expect(() => patchGrid([48], of(64, 64), [8, 8])).toThrow("or [rows, columns, channels] an image, got [48]");
});

test("Embeddings become one map a channel, without the prefix tokens", () => {
  const tokens = { shape: [1, 5, 2], data: Float32Array.of(-1, -1, 0, 10, 1, 11, 2, 12, 3, 13) };
  expect(channelsFirst(tokens, { rows: 2, columns: 2, prefixTokens: 1, channels: 2 })).toEqual({
    shape: [2, 2, 2],
    data: Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13),
  });
});
