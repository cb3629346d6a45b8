import type { Extent, Tensor } from "../../tensor/tensor.ts";
import type { Manifest } from "../catalog/manifest.ts";
import { unusable } from "../unusable.ts";

/** How the patches of one image lie in the embeddings' tensor. */
export interface PatchGrid {
  /** h and w, rows and columns of patches. */
  readonly rows: number;
  readonly columns: number;
  /** Tokens before the patches. */
  readonly prefixTokens: number;
  /** D, numbers a patch. */
  readonly channels: number;
}

/**
 * How the patches lie in the embeddings of an image: [h,w,D], or [T,D] with T = prefix tokens + h·w.
 *
 * Of T tokens, h × w is what the manifest says, else as many as the patches' stride cuts out of the image, halved as often as
 * the stages of a hierarchy do, else the largest square.
 *
 * @param shape of the embeddings of one image
 * @param patchStride rows and columns of pixels from one patch to the next, where it is known
 * @throws CodedError MODEL_UNUSABLE where the shape is neither, or contradicts the manifest
 */
export function patchGrid(
  shape: readonly number[],
  { input, embedding }: { input: Extent; embedding: Manifest["embedding"] },
  patchStride: readonly [number, number] | undefined,
): PatchGrid {
  if (shape.length !== 2 && shape.length !== 3) {
    throw unusable(
      `expected patch embeddings [tokens, channels] or [rows, columns, channels] an image, got [${shape.join(", ")}]`,
    );
  }
  const channels = shape.at(-1)!;
  const tokens = shape.slice(0, -1).reduce((product, size) => product * size);
  const ofTokens = () =>
    embedding.grid ?? gridByStride(tokens, input, patchStride) ?? largestSquare(tokens - (embedding.prefixTokens ?? 0));
  const [rows, columns] = shape.length === 3 ? [shape[0]!, shape[1]!] : ofTokens();
  const found = { rows, columns, prefixTokens: tokens - rows * columns, channels };
  const expected = {
    rows: embedding.grid?.[0] ?? rows,
    columns: embedding.grid?.[1] ?? columns,
    prefixTokens: embedding.prefixTokens ?? Math.max(0, found.prefixTokens),
    channels: embedding.channels ?? channels,
  };
  if (describe(found) !== describe(expected)) {
    throw unusable(`expected patch embeddings of ${describe(expected)} as the manifest says, got ${describe(found)}`);
  }
  return found;
}

/** The embeddings of one image as D maps: [1, prefix + h·w, D] or [1,h,w,D] → [D,h,w], without the prefix tokens. */
export function channelsFirst({ data }: Tensor, { rows, columns, prefixTokens, channels }: PatchGrid): Tensor {
  const patches = rows * columns;
  const maps = new Float32Array(channels * patches);
  for (let patch = 0; patch < patches; patch++) {
    const from = (prefixTokens + patch) * channels;
    for (let channel = 0; channel < channels; channel++) maps[channel * patches + patch] = data[from + channel]!;
  }
  return { shape: [channels, rows, columns], data: maps };
}

function gridByStride(tokens: number, { height, width }: Extent, stride: readonly [number, number] | undefined) {
  if (!stride) return undefined;
  let [rows, columns] = [height / stride[0], width / stride[1]];
  while (Number.isInteger(rows) && Number.isInteger(columns)) {
    if (rows * columns <= tokens) return [rows, columns] as const;
    [rows, columns] = [rows / 2, columns / 2];
  }
  return undefined;
}

function largestSquare(tokens: number) {
  const side = Math.floor(Math.sqrt(tokens));
  return [side, side] as const;
}

function describe({ rows, columns, prefixTokens, channels }: PatchGrid): string {
  return `${prefixTokens} prefix tokens and ${rows} x ${columns} patches of ${channels} channels`;
}
