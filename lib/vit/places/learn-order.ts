import { readableGraph } from "../../onnx/as-if-float.ts";
import { FLOAT32, floatTensor, node, type OnnxModel, withGraph } from "../../onnx/model.ts";
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
const MOST_PATCHES = 1024;
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
  /** The maps of the patches' grid on the way to the embeddings, [1, C, h, w], that convolutions and poolings put out; the last first. */
  readonly maps: readonly string[];
}

/**
 * The token of each patch, row by row, found by changing one patch after another where attention carries nothing: on the last map
 * of the patches' grid that a convolution or a pooling puts out, for behind it nothing mixes neighbours; by the pixels where there
 * is none. Undefined where two images do not show the same.
 */
export async function learnOrder(source: Source, options: SessionOptions = {}): Promise<number[] | undefined> {
  const [rows, columns] = source.manifest.embedding.grid!;
  if (rows * columns > MOST_PATCHES) return undefined;
  const silenced = { ...source, model: silenceAttention(source.model) };
  const measured = (await byMaps(silenced, options)) ?? (await byPixels(silenced, options));
  const gains = measured.map(dividedByMean);
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

/** For each of two images: by how much every token moves, a row for each patch of the grid whose pixels are changed. */
async function byPixels({ model, folder, manifest }: Source, options: SessionOptions): Promise<Float64Array[][]> {
  const { grid, prefixTokens, tensor, channels } = manifest.embedding;
  const [rows, columns] = grid!;
  // All tokens, as they lie in the tensor, as a grid of one row.
  const embedding = { tensor, channels, prefixTokens: 0, grid: [1, (prefixTokens ?? 0) + rows * columns] as [number, number] };
  const classifier = await openGraph(model, folder, { ...manifest, embedding }, options);
  try {
    const measured: Float64Array[][] = [];
    for (const seed of SEEDS) measured.push(await measureResponses(classifier, seed, [rows, columns], places(rows * columns)));
    return measured;
  } finally {
    await classifier[Symbol.asyncDispose]();
  }
}

/** The same with the patch changed on a map; undefined where there is no map whose change reaches the embeddings. */
async function byMaps(source: Source, options: SessionOptions): Promise<Float64Array[][] | undefined> {
  for (const map of source.maps) {
    const measured = await byMap(source, map, options);
    if (measured) return measured;
  }
  return undefined;
}

async function byMap({ model, folder, manifest }: Source, map: string, options: SessionOptions) {
  const { grid, channels } = manifest.embedding;
  const { input, floatType, embeddings } = readClassifier(readableGraph(model), manifest);
  const { height, width } = manifest.input;
  const [image, factors, plain, shown] = ["vitcx/image", "vitcx/factors", "vitcx/plain", "vitcx/embeddings"] as const;
  const { nodes, constants } = imageHead(image, input, manifest.input);
  const changed = withGraph(model, {
    input: [floatTensor(image, [1, 3, height, width]), floatTensor(factors, [1, 1, ...grid!])],
    output: [floatTensor(shown)],
    node: [
      ...nodes,
      node("Cast", [factors], ["vitcx/factors/typed"], { to: floatType }),
      ...model.graph.node.flatMap((each) =>
        each.output[0] === map
          ? [{ ...each, output: [plain, ...each.output.slice(1)] }, node("Mul", [plain, "vitcx/factors/typed"], [map])]
          : [each],
      ),
      node("Cast", [embeddings], [shown], { to: FLOAT32 }),
    ],
    initializer: [...model.graph.initializer, ...constants],
  });
  const session = await Session.open(changed, folder, options);
  try {
    const measured: Float64Array[][] = [];
    for (const seed of SEEDS) {
      const { shape, data } = spotted(manifest.input, seed);
      const ask = async (place: number | undefined) => {
        const values = new Float32Array(grid![0] * grid![1]).fill(1);
        if (place !== undefined) values[place] = CHANGE;
        const feeds = { [image]: { shape: [1, ...shape], data }, [factors]: { shape: [1, 1, ...grid!], data: values } };
        return (await session.run(feeds, [shown]))[shown].data;
      };
      const before = await ask(undefined);
      const rows: Float64Array[] = [];
      for (const place of places(grid![0] * grid![1])) {
        const row = movements(await ask(place), before, channels!);
        if (row.every((value) => value === 0)) return undefined;
        rows.push(row);
      }
      measured.push(rows);
    }
    return measured;
  } finally {
    await session[Symbol.asyncDispose]();
  }
}

function places(count: number): number[] {
  return Array.from({ length: count }, (_, place) => place);
}

/** |a − b| of each token, of D numbers. */
function movements(a: Float32Array, b: Float32Array, channels: number): Float64Array {
  const squares = new Float64Array(a.length / channels);
  a.forEach((value, i) => (squares[Math.floor(i / channels)]! += (value - b[i]!) ** 2));
  return squares.map(Math.sqrt);
}
