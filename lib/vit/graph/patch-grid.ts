import type { Extent, Tensor } from "../../tensor/tensor.ts";
import type { Manifest } from "../catalog/manifest.ts";
import { unusable } from "../unusable.ts";

/** How the patches of one image lie in the embeddings' tensor. */
export interface PatchGrid {
  /** h and w, rows and columns of patches. */
  readonly rows: number;
  readonly columns: number;
  /** Tokens before the first patch. */
  readonly prefixTokens: number;
  /** D, numbers a patch. */
  readonly channels: number;
  /** The token of each patch, row by row, where the patches do not simply follow the prefix; see `Manifest.embedding.order`. */
  readonly order?: readonly number[] | undefined;
}

type Grid = readonly [rows: number, columns: number];

/** Class token, distillation token, registers: more than so many tokens beside the patches are taken for another grid. */
const MOST_PREFIX_TOKENS = 16;

/**
 * How the patches lie in the embeddings of one image: [1, T, D] with T = prefix tokens + h·w, [1, h, w, D], or T tokens on any other
 * axes before the last, as [T, 1, D] or [windows, tokens, D].
 *
 * h × w is what the manifest says, else what a convolution has really cut, or that halved as often as the stages of a hierarchy do,
 * else patches as the image is, of whole pixels.
 *
 * @param shape of the embeddings of one image
 * @param cuts rows and columns that the convolutions before it put out
 * @throws CodedError MODEL_UNUSABLE where there is no such grid, or the shape contradicts the manifest
 */
export function patchGrid(
  shape: readonly number[],
  { input, embedding }: { input: Extent; embedding: Manifest["embedding"] },
  cuts: readonly Grid[],
): PatchGrid {
  if (shape.length < 3) {
    throw unusable(`expected patch embeddings [1, tokens, channels] or [1, rows, columns, channels], got [${shape.join(", ")}]`);
  }
  const channels = shape.at(-1)!;
  const axes = shape.slice(0, -1).filter((size) => size > 1);
  const tokens = axes.reduce((product, size) => product * size, 1);
  const { order } = embedding;
  const [rows, columns] = embedding.grid ?? gridOf(axes, tokens, input, embedding.prefixTokens, cuts);
  const rest = tokens - rows * columns;
  const found = { rows, columns, prefixTokens: order ? Math.min(...order) : rest, channels };
  const expected = {
    rows,
    columns,
    prefixTokens: embedding.prefixTokens ?? Math.max(0, found.prefixTokens),
    channels: embedding.channels ?? channels,
  };
  if (describe(found) !== describe(expected)) {
    throw unusable(`expected patch embeddings of ${describe(expected)} as the manifest says, got ${describe(found)}`);
  }
  if (order && (order.length !== rows * columns || Math.max(...order) >= tokens)) {
    throw unusable(`expected embedding.order to name one of ${tokens} tokens for each of ${rows} x ${columns} patches`);
  }
  return { ...found, ...(order && { order }) };
}

/** The embeddings of one image, of any layout with D as its last axis, as D maps [D, h, w] without the tokens of no patch. */
export function channelsFirst({ data }: Tensor, grid: PatchGrid): Tensor {
  const { rows, columns, channels } = grid;
  const tokens = tokensOf(grid);
  const patches = rows * columns;
  const maps = new Float32Array(channels * patches);
  for (let patch = 0; patch < patches; patch++) {
    const from = tokens[patch]! * channels;
    for (let channel = 0; channel < channels; channel++) maps[channel * patches + patch] = data[from + channel]!;
  }
  return { shape: [channels, rows, columns], data: maps };
}

/** The token of each patch, row by row. */
export function tokensOf({ rows, columns, prefixTokens, order }: PatchGrid): readonly number[] {
  return order ?? Array.from({ length: rows * columns }, (_, patch) => prefixTokens + patch);
}

function gridOf(
  axes: readonly number[],
  tokens: number,
  input: Extent,
  prefixTokens: number | undefined,
  cuts: readonly Grid[],
): Grid {
  const grids = cuts.flatMap((cut) => halvings(cut)).toSorted(([a, b], [c, d]) => c * d - a * b);
  const [rows, columns] = axes;
  const isMap = axes.length === 2 && (cuts.length === 0 || grids.some((grid) => grid[0] === rows && grid[1] === columns));
  if (isMap) return [rows!, columns!];
  const rest = (grid: Grid) => tokens - grid[0] * grid[1];
  const fits = (grid: Grid) => rest(grid) >= 0 && rest(grid) <= MOST_PREFIX_TOKENS;
  const found =
    grids.find((grid) => rest(grid) === prefixTokens) ?? grids.find(fits) ?? gridByAspect(tokens, input, prefixTokens);
  if (found) return found;
  const cut = cuts.length === 0 ? "" : `, and convolutions cut the image into ${cuts.map((each) => each.join(" x ")).join(", ")}`;
  throw unusable(
    `its patch embeddings lie on no grid: ${tokens} tokens for ${input.height} x ${input.width} pixels${cut}. ` +
      "Where a model drops or merges tokens on the way, there is none; else say it with --grid, or name another tensor with --embedding",
  );
}

/** A grid and what becomes of it where stages merge 2 × 2 neighbours, an odd row or column being left out or filled up. */
function halvings([rows, columns]: Grid): Grid[] {
  const found: Grid[] = [];
  for (let step = 0; rows / 2 ** step > 1 && columns / 2 ** step > 1; step++) {
    const [h, w] = [rows / 2 ** step, columns / 2 ** step];
    found.push([Math.ceil(h), Math.ceil(w)], [Math.floor(h), Math.floor(w)]);
  }
  return found;
}

/** Square patches of whole pixels that fill the image. */
function gridByAspect(tokens: number, { height, width }: Extent, prefixTokens: number | undefined): Grid | undefined {
  const prefixes = prefixTokens === undefined ? Array.from({ length: MOST_PREFIX_TOKENS + 1 }, (_, i) => i) : [prefixTokens];
  for (const prefix of prefixes) {
    const side = Math.sqrt((height * width) / (tokens - prefix));
    if (Number.isInteger(side) && height % side === 0 && width % side === 0) return [height / side, width / side];
  }
  return undefined;
}

function describe({ rows, columns, prefixTokens, channels }: PatchGrid): string {
  return `${prefixTokens} prefix tokens and ${rows} x ${columns} patches of ${channels} channels`;
}
