import fc from "fast-check";
import { expect, test } from "vitest";
import { channelsFirst, patchGrid } from "../../lib/vit/graph/patch-grid.ts";
import { tinyManifest } from "./tiny-models.ts";

const of = (height: number, width: number, embedding = {}) => {
  const { input } = tinyManifest();
  return { input: { ...input, height, width }, embedding };
};

test("The grid of a plain ViT is what its convolution puts out; the other tokens come first", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 40 }),
      fc.integer({ min: 2, max: 40 }),
      fc.integer({ min: 0, max: 9 }),
      (h, w, prefix) => {
        const grid = patchGrid([1, prefix + h * w, 48], of(h * 16, w * 16), [[h, w]]);
        expect(grid).toEqual({ rows: h, columns: w, prefixTokens: prefix, channels: 48 });
      },
    ),
  );
});

test.for([
  { of: "a stage of a hierarchy", shape: [1, 14 * 7, 384], image: [224, 112], cuts: [[56, 28]], grid: [14, 7, 0] },
  { of: "a stage of odd rows, filled up", shape: [1, 4 * 7, 384], image: [104, 224], cuts: [[26, 56]], grid: [4, 7, 0] },
  { of: "overlapping patches", shape: [1, 442, 192], image: [224, 224], cuts: [[21, 21]], grid: [21, 21, 1] },
  { of: "patches that do not divide the image", shape: [1, 295, 48], image: [300, 200], cuts: [[21, 14]], grid: [21, 14, 1] },
  {
    of: "a convolution of the pixels before",
    shape: [1, 257, 48],
    image: [224, 224],
    cuts: [
      [224, 224],
      [16, 16],
    ],
    grid: [16, 16, 1],
  },
  { of: "patches that no convolution cuts", shape: [1, 198, 192], image: [224, 224], cuts: [], grid: [14, 14, 2] },
  { of: "such patches of an oblong image", shape: [1, 19, 192], image: [48, 96], cuts: [], grid: [3, 6, 1] },
  { of: "embeddings laid out in rows and columns", shape: [1, 7, 9, 48], image: [224, 224], cuts: [], grid: [7, 9, 0] },
  { of: "tokens on the first axis", shape: [65, 1, 48], image: [64, 64], cuts: [[8, 8]], grid: [8, 8, 1] },
  { of: "windows", shape: [1, 4, 16, 48], image: [64, 64], cuts: [[8, 8]], grid: [8, 8, 0] },
] as const)("The grid is found for $of", ({ shape, image, cuts, grid }) => {
  const { rows, columns, prefixTokens } = patchGrid(shape, of(image[0], image[1]), cuts);
  expect([rows, columns, prefixTokens]).toEqual(grid);
});

test("Tokens that lie on no grid are refused: 16 of 64 patches were dropped", () => {
  expect(() => patchGrid([1, 49, 48], of(64, 64), [[8, 8]])).toThrow(
    "lie on no grid: 49 tokens for 64 x 64 pixels, and convolutions cut the image into 8 x 8. Where a model drops",
  );
});

test("What the manifest says of the grid goes before what can be found", () => {
  const said = of(64, 64, { grid: [2, 10] });
  expect(patchGrid([1, 25, 48], said, [[4, 4]])).toMatchObject({ rows: 2, columns: 10, prefixTokens: 5 });
  expect(patchGrid([1, 26, 48], of(64, 64, { prefixTokens: 10 }), [])).toMatchObject({ rows: 4, columns: 4, prefixTokens: 10 });
});

test("An order says which token each patch is, and must name one of the tokens for each", () => {
  const grid = patchGrid([1, 5, 1], of(64, 64, { grid: [2, 2], order: [0, 2, 1, 3], prefixTokens: 0 }), []);
  expect(grid).toEqual({ rows: 2, columns: 2, prefixTokens: 0, channels: 1, order: [0, 2, 1, 3] });
  const tokens = { shape: [1, 5, 1], data: Float32Array.of(10, 11, 12, 13, 14) };
  expect([...channelsFirst(tokens, grid).data]).toEqual([10, 12, 11, 13]);
  expect(() => patchGrid([1, 5, 1], of(64, 64, { grid: [2, 2], order: [0, 2, 1] }), [])).toThrow(
    "one of 5 tokens for each of 2 x 2",
  );
  expect(() => patchGrid([1, 5, 1], of(64, 64, { grid: [2, 2], order: [0, 2, 1, 5] }), [])).toThrow("one of 5 tokens");
});

test.for([
  [{ grid: [8, 9] }, "0 prefix tokens and 8 x 9 patches of 48 channels as the manifest says, got -7 prefix tokens"],
  [{ prefixTokens: 2 }, "2 prefix tokens and 8 x 8 patches of 48 channels as the manifest says, got 1 prefix tokens"],
  [{ channels: 64 }, "8 x 8 patches of 64 channels as the manifest says, got 1 prefix tokens and 8 x 8 patches of 48"],
] as const)("A manifest that says %j of 65 tokens is contradicted", ([embedding, sentence]) => {
  expect(() => patchGrid([1, 65, 48], of(64, 64, embedding), [[8, 8]])).toThrow(
    expect.objectContaining({ code: "MODEL_UNUSABLE", message: expect.stringContaining(sentence) }),
  );
});

test("Embeddings of another rank are refused", () => {
  expect(() => patchGrid([1, 48], of(64, 64), [[8, 8]])).toThrow("or [1, rows, columns, channels], got [1, 48]");
});

test("Embeddings become one map a channel, without the prefix tokens", () => {
  const tokens = { shape: [1, 5, 2], data: Float32Array.of(-1, -1, 0, 10, 1, 11, 2, 12, 3, 13) };
  expect(channelsFirst(tokens, { rows: 2, columns: 2, prefixTokens: 1, channels: 2 })).toEqual({
    shape: [2, 2, 2],
    data: Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13),
  });
});
