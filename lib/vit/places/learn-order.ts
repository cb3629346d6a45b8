import { readableGraph } from "../../onnx/as-if-float.ts";
import { FLOAT32, floatTensor, node, type OnnxModel, withGraph } from "../../onnx/model.ts";
import type { PatchMap } from "../catalog/inspect.ts";
import type { Manifest } from "../catalog/manifest.ts";
import { readClassifier } from "../graph/classifier-graph.ts";
import { imageHead } from "../graph/image-input.ts";
import { silenceAttention } from "../graph/silence-attention.ts";
import { openGraph } from "../runtime/onnx-classifier.ts";
import { Session, type SessionOptions } from "../runtime/session.ts";
import { bestAssignment } from "./assignment.ts";
import { dividedByMean, measureResponses, spotted } from "./place-check.ts";

/** The share of patches for which two images must show the same token. */
const STABLE = 0.95;
/** How much the token of a patch must move at least, as a share of what the most moved token does. */
const CLEAR = 0.5;
/** More patches are not asked for one by one. */
const MOST_PATCHES = 400;
const SEEDS = [0, 1];
/** What the numbers of one place of a map are multiplied by: no norm takes that away. */
const CHANGE = -3;

/** A model whose patches' tokens are looked for. */
export interface Source {
  readonly model: OnnxModel;
  /** Where its external data lie. */
  readonly folder: string;
  /** Says where the embeddings lie, but for their order. */
  readonly manifest: Manifest;
  /** The maps that convolutions and poolings put out on the way to the embeddings, of the patches' grid or a finer one; the last first. */
  readonly maps: readonly PatchMap[];
}

/**
 * The token of each patch, row by row, found by changing patches where attention carries nothing: on the last map that a convolution or
 * a pooling puts out on the patches' grid or a finer one, for behind it nothing mixes neighbours; by the pixels of one patch after another
 * where there is none. Undefined where two images do not show the same.
 */
export async function learnOrder(source: Source, options: SessionOptions = {}): Promise<number[] | undefined> {
  const silenced = { ...source, model: silenceAttention(source.model) };
  for (const map of source.maps) {
    const order = await byMap(silenced, map, options);
    if (order) return order;
  }
  // Where stages are joined by an attention alone, as LeViT's, nothing gets through without it.
  return (await byPixels(silenced, options)) ?? byPixels(source, options);
}

/** Of patches whose pixels are changed one at a time: the assignment to tokens in which the most is moved. */
async function byPixels({ model, folder, manifest }: Source, options: SessionOptions): Promise<number[] | undefined> {
  const { grid, prefixTokens, tensor, channels } = manifest.embedding;
  const [rows, columns] = grid!;
  if (rows * columns > MOST_PATCHES) return undefined;
  const patches = Array.from({ length: rows * columns }, (_, patch) => patch);
  // All tokens, as they lie in the tensor, as a grid of one row.
  const embedding = { tensor, channels, prefixTokens: 0, grid: [1, (prefixTokens ?? 0) + rows * columns] as [number, number] };
  const classifier = await openGraph(model, folder, { ...manifest, embedding }, options);
  const gains: Float64Array[][] = [];
  try {
    for (const seed of SEEDS) gains.push(dividedByMean(await measureResponses(classifier, seed, [rows, columns], patches)));
  } finally {
    await classifier[Symbol.asyncDispose]();
  }
  const order = bestAssignment(gains[0]!.map((row, i) => row.map((value, token) => value + gains[1]![i]![token]!)));
  const isStable = gains.every((each) => {
    const ofEach = bestAssignment(each);
    const same = order.filter((token, i) => token === ofEach[i] && isClear(each[i]!, token)).length;
    return same >= STABLE * order.length;
  });
  return isStable ? order : undefined;
}

function isClear(movements: Float64Array, token: number): boolean {
  const most = movements.reduce((a, b) => Math.max(a, b));
  return most > 0 && movements[token]! >= CLEAR * most;
}

/**
 * Of places of a map that are changed together: for each digit of the binary number of a place, once all places that have it and once all
 * others, so that 2 log₂(places) passes tell which place each token follows. Undefined where the change does not reach the embeddings, or
 * a place has no token, or more than one, or another one on another image.
 */
async function byMap(source: Source, map: PatchMap, options: SessionOptions): Promise<number[] | undefined> {
  const { model, folder, manifest } = source;
  const { grid, channels } = manifest.embedding;
  const { input, floatType, embeddings } = readClassifier(readableGraph(model), manifest);
  const { height, width } = manifest.input;
  const [image, factors, plain, shown] = ["vitcx/image", "vitcx/factors", "vitcx/plain", "vitcx/embeddings"] as const;
  const { nodes, constants } = imageHead(image, input, manifest.input);
  const changed = withGraph(model, {
    input: [floatTensor(image, [1, 3, height, width]), floatTensor(factors, [1, 1, ...map.grid])],
    output: [floatTensor(shown)],
    node: [
      ...nodes,
      node("Cast", [factors], ["vitcx/factors/typed"], { to: floatType }),
      ...model.graph.node.flatMap((each) =>
        each.output[0] === map.tensor
          ? [{ ...each, output: [plain, ...each.output.slice(1)] }, node("Mul", [plain, "vitcx/factors/typed"], [map.tensor])]
          : [each],
      ),
      node("Cast", [embeddings], [shown], { to: FLOAT32 }),
    ],
    initializer: [...model.graph.initializer, ...constants],
  });
  const session = await Session.open(changed, folder, options);
  try {
    const orders: (readonly number[] | undefined)[] = [];
    for (const seed of SEEDS) {
      const { shape, data } = spotted(manifest.input, seed);
      const ask = async (isChanged: (place: number) => boolean) => {
        const values = Float32Array.from({ length: map.grid[0] * map.grid[1] }, (_, i) =>
          isChanged(placeOn(map, grid!, i)) ? CHANGE : 1,
        );
        const feeds = { [image]: { shape: [1, ...shape], data }, [factors]: { shape: [1, 1, ...map.grid], data: values } };
        return (await session.run(feeds, [shown]))[shown].data;
      };
      const before = await ask(() => false);
      const move = async (isChanged: (place: number) => boolean) => movements(await ask(isChanged), before, channels!);
      orders.push(await decode(grid![0] * grid![1], move));
    }
    return orders[0]?.join() === orders[1]?.join() ? orders[0]?.slice() : undefined;
  } finally {
    await session[Symbol.asyncDispose]();
  }
}

/** The patch to which place i of a map belongs. */
function placeOn({ grid: [height, width] }: PatchMap, [rows, columns]: readonly [number, number], i: number): number {
  const [y, x] = [Math.floor(i / width), i % width];
  return Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width);
}

type Move = (isChanged: (place: number) => boolean) => Promise<Float64Array>;

/** The token that follows each of so many places; undefined where one has none, or several. */
async function decode(places: number, move: Move): Promise<number[] | undefined> {
  const place: number[] = [];
  for (let digit = 0; 1 << digit < places; digit++) {
    const has = (each: number) => ((each >> digit) & 1) === 1;
    const [one, zero] = [await move(has), await move((each) => !has(each))];
    one.forEach((moved, token) => {
      const [less, more] = [Math.min(moved, zero[token]!), Math.max(moved, zero[token]!)];
      // What follows neither place, or both, is of no patch.
      const bit = less < CLEAR * more ? Number(moved > zero[token]!) << digit : NaN;
      place[token] = (place[token] ?? 0) + bit;
    });
  }
  const order = Array.from({ length: places }, (_, each) => place.indexOf(each));
  const ofPatches = place.filter((each) => each < places).length;
  return order.includes(-1) || ofPatches !== places ? undefined : order;
}

/** |a − b| of each token, of D numbers. */
function movements(a: Float32Array, b: Float32Array, channels: number): Float64Array {
  const squares = new Float64Array(a.length / channels);
  a.forEach((value, i) => (squares[Math.floor(i / channels)]! += (value - b[i]!) ** 2));
  return squares.map(Math.sqrt);
}
