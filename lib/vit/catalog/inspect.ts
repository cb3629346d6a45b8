import { hasBatchScales, readableGraph } from "../../onnx/as-if-float.ts";
import { FLOAT32, floatTensor, node, withGraph } from "../../onnx/model.ts";
import type { OnnxModel } from "../../onnx/model.ts";
import type { Graph } from "../../onnx/graph.ts";
import { gaussianNoise } from "../../causal-impact-score/noise.ts";
import type { Extent, Tensor } from "../../tensor/tensor.ts";
import { maps } from "../graph/classifier-graph.ts";
import { imageInput, recogniseRange, shapeOfImages, turnsChannels, typeName } from "../graph/image-input.ts";
import type { ImageInput, StatedInput } from "../graph/image-input.ts";
import { isEmbedding, scoresMatrix, scoresOutput, type ScoresOutput } from "../graph/scores-output.ts";
import { chooseBlock, normOutputs, readBlocks, softmaxesInside, stageEnds } from "../graph/find-embeddings.ts";
import type { Block } from "../graph/find-embeddings.ts";
import type { Manifest } from "./manifest.ts";
import { patchGrid } from "../graph/patch-grid.ts";
import type { PatchGrid } from "../graph/patch-grid.ts";
import { messageOf, Session } from "../runtime/session.ts";
import type { SessionOptions } from "../runtime/session.ts";
import { CodedError } from "../../errors.ts";
import type { OutputKind } from "./output-kind.ts";
import { unusable } from "../unusable.ts";

/** The kinds of models of Xie et al. 2023 and their kin, told apart by what their graphs do. */
export type Family =
  /** One prefix token, the class token. */
  | "vit"
  /** Two: the class token and the distillation token. */
  | "deit"
  /** Stages, each with a coarser grid or wider than the one before. */
  | "swin"
  /** More prefix tokens than two: registers. */
  | "vit-registers"
  /** None: the patches are pooled. */
  | "vit-pooled";

/** What a classifier's file says of it, and what it shows when it is asked. */
export interface Inspection {
  readonly family: Family;
  readonly input: {
    readonly name: string;
    readonly type: "float32" | "float16" | "uint8";
    /** As `Manifest.input` has them. */
    readonly layout: ImageInput["layout"];
    readonly channels: ImageInput["channels"];
    readonly range: ImageInput["range"];
    /** Whether the graph turns its channels around at first: whether it takes RGB or BGR must then be stated. */
    readonly turnsChannels: boolean;
    readonly height: number;
    readonly width: number;
    /** Whether it takes any number of images at once, or one. */
    readonly batch: "any" | 1;
    /** Whether it is quantised by scales of a whole batch, and is therefore asked for one image at a time. */
    readonly batchScales: boolean;
  };
  readonly output: {
    readonly name: string;
    readonly classes: number;
    /** Null where it cannot be told, and must be said. */
    readonly kind: OutputKind | null;
  };
  readonly blocks: readonly InspectedBlock[];
  readonly embedding: {
    readonly tensor: string;
    /** Rows and columns of patches. */
    readonly grid: [number, number];
    readonly prefixTokens: number;
    readonly channels: number;
    /** As `Manifest.embedding.order`. */
    readonly order?: number[];
  };
  /** Why this tensor. */
  readonly why: string;
  /** The maps that convolutions and poolings put out on the way to the tensor, of this grid or a finer one; the last first. */
  readonly maps: readonly PatchMap[];
}

export interface InspectedBlock extends Pick<Block, "attention" | "tensor" | "problem"> {
  /** Where the patches lie in the candidate; undefined where there is none, or its shape is not of patches. */
  readonly patches: PatchGrid | undefined;
  readonly chosen: boolean;
}

/** What the caller knows better than the file. */
export interface Hints {
  /** H and W, for a graph that takes any size. */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
  /** What the graph takes, where it does not say it. */
  readonly input?: (StatedInput & Partial<Pick<Manifest["input"], "mean" | "sd">>) | undefined;
  /** How many classes there are, for a graph with several outputs. */
  readonly classes?: number | undefined;
  readonly embedding?: Manifest["embedding"] | undefined;
}

/** A map [1, C, h, w], with as many whole rows and columns for each patch. */
export interface PatchMap {
  readonly tensor: string;
  readonly grid: readonly [number, number];
}

/** Why a model cannot be used, with what of its graph may be named as its embeddings. */
export class InspectionRefused extends CodedError {
  readonly blocks: readonly InspectedBlock[];
  /** Tensors that a layer norm puts out, with their shapes for one image, where blocks alone do not name enough. */
  readonly candidates: readonly Candidate[];

  constructor(cause: CodedError, blocks: readonly InspectedBlock[], candidates: readonly Candidate[]) {
    super(cause.code, cause.message, { cause });
    this.blocks = blocks;
    this.candidates = candidates;
  }
}

export interface Candidate {
  readonly tensor: string;
  readonly shape: readonly number[];
}

/**
 * Inspects a classifier: reads its graph, and has it look at one image to see the shapes that files seldom state.
 *
 * @param folder where its external data lie
 * @throws InspectionRefused MODEL_UNUSABLE where its patch embeddings are not found; CodedError MODEL_UNUSABLE where it is no classifier
 *   of images
 */
export async function inspectModel(
  model: OnnxModel,
  folder: string,
  hints: Hints = {},
  options: SessionOptions = {},
): Promise<Inspection> {
  const graph = readableGraph(model);
  const input = imageInput(graph, { ...hints.input, range: hints.input?.range ?? recognisedRange(graph, hints.input) });
  const scores = scoresOutput(graph, hints.classes);
  const size = sizeOf(input, hints.size);
  const blocks = readBlocks(graph);
  const wanted = hints.embedding?.tensor;
  if (wanted !== undefined && !graph.has(wanted)) throw unusable(`the graph has no tensor "${wanted}"`);
  if (wanted === undefined && blocks.length === 0 && softmaxesInside(graph) === 0) chooseBlock(graph, blocks);
  const known = blocks.flatMap(({ tensor, projected }) => [tensor, projected]);
  const named = [wanted, ...known, ...normOutputs(graph), ...maps(graph)].filter((tensor) => tensor !== undefined);
  const answers = await look(model, folder, { input, size, scores, tensors: [...new Set(named)] }, options);
  const kind = kindOf(scores, answers.values);
  const read = new ShapedGraph(graph, size, answers.shapes);
  const inspected = blocks.map((block) => read.inspect(block));
  try {
    const { block, why } = wanted === undefined ? chooseBlock(graph, blocks, read.gridOf) : NAMED;
    const tensor = wanted ?? read.tensorOf(block!)!;
    const patches = read.patches(tensor, hints.embedding ?? {});
    const { rows, columns, prefixTokens, channels, order } = patches;
    const { name, layout, range } = input;
    const stages = stageEnds(blocks, read.gridOf).length;
    return {
      family: stages > 1 ? "swin" : ((["vit-pooled", "vit", "deit"] as const)[prefixTokens] ?? "vit-registers"),
      input: {
        name,
        type: typeName(input),
        layout,
        channels: input.channels,
        range,
        turnsChannels: turnsChannels(graph),
        ...size,
        batch: answers.batch,
        batchScales: hasBatchScales(model),
      },
      output: { name: scores.name, classes: answers.classes, kind },
      blocks: inspected.map((each) => ({ ...each, chosen: each.tensor === tensor })),
      embedding: { tensor, grid: [rows, columns], prefixTokens, channels, ...(order && { order: [...order] }) },
      why,
      maps: read.mapsOf(tensor, patches),
    };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const candidates = blocks.some(({ problem }) => problem !== undefined) || blocks.length === 0 ? normOutputs(graph) : [];
    const shaped = candidates.map((tensor) => ({ tensor, shape: answers.shapes[tensor]! }));
    throw new InspectionRefused(error, inspected, shaped);
  }
}

/** Below this, what is stated as sd makes of pixels what they are in a file, 0 … 255. */
const RAW_SD = 0.02;

/** The range that a graph shows, unless the mean and the sd that are stated already lead to what it takes. */
function recognisedRange(graph: Graph, { mean, sd }: NonNullable<Hints["input"]> = {}): ImageInput["range"] | undefined {
  const range = recogniseRange(graph);
  const isStated = mean !== undefined && sd !== undefined;
  if (isStated && (range === "0-1" || Math.max(...sd) < RAW_SD)) return undefined;
  return range;
}

const NAMED = { block: undefined, why: "named by the manifest or by --embedding" };

/** A graph with the shapes that its tensors have for one image. */
class ShapedGraph {
  readonly #graph: Graph;
  readonly #size: Extent;
  readonly #shapes: Answers["shapes"];
  readonly #maps: readonly string[];

  constructor(graph: Graph, size: Extent, shapes: Answers["shapes"]) {
    this.#graph = graph;
    this.#size = size;
    this.#shapes = shapes;
    this.#maps = maps(graph);
  }

  /** A block's candidate; where that does not have the channels last, the projection's own input. */
  tensorOf({ tensor, projected, width }: Block): string | undefined {
    if (tensor === undefined || projected === undefined || width === undefined) return tensor;
    return this.#shapes[tensor]!.at(-1) === width ? tensor : projected;
  }

  /** @throws CodedError as `patchGrid` */
  patches(tensor: string, embedding: Manifest["embedding"]): PatchGrid {
    const behind = this.#graph.behind([tensor]);
    const cuts = this.#maps.flatMap((output) => {
      const [, , rows, columns] = behind.has(output) ? this.#shapes[output]! : [];
      return rows !== undefined && columns !== undefined ? [[rows, columns] as const] : [];
    });
    return patchGrid(this.#shapes[tensor]!, { input: this.#size, embedding }, cuts);
  }

  /** The maps on the way to a tensor on whose places the patches' grid lies, the last first. */
  mapsOf(tensor: string, { rows, columns }: PatchGrid): PatchMap[] {
    const behind = this.#graph.behind([tensor]);
    return this.#maps
      .filter((output) => behind.has(output))
      .flatMap((output) => {
        const [count, , h = 0, w = 0, ...more] = this.#shapes[output]!;
        const isOfGrid = count === 1 && h > 0 && h % rows === 0 && w > 0 && w % columns === 0 && more.length === 0;
        return isOfGrid ? [{ tensor: output, grid: [h, w] as const }] : [];
      })
      .toReversed();
  }

  readonly gridOf = (block: Block): string | undefined => {
    const { patches } = this.inspect(block);
    return patches && `${patches.rows} x ${patches.columns}`;
  };

  /** A block, not chosen: of its patches it is enough to know nothing. */
  inspect(block: Block): InspectedBlock {
    const tensor = this.tensorOf(block);
    const { attention, problem } = block;
    let patches: PatchGrid | undefined;
    try {
      patches = tensor === undefined ? undefined : this.patches(tensor, {});
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
    }
    return { attention, tensor, problem, patches, chosen: false };
  }
}

function sizeOf({ name, size: [height, width] }: ImageInput, hint: Hints["size"]): { height: number; width: number } {
  const size = { height: height ?? hint?.height, width: width ?? hint?.width };
  if (size.height === undefined || size.width === undefined) {
    throw unusable(`the input "${name}" takes images of any size; say which with --size`);
  }
  if (hint && (size.height !== hint.height || size.width !== hint.width)) {
    throw unusable(`the input "${name}" takes ${height} x ${width} pixels, not ${hint.height} x ${hint.width}`);
  }
  return { height: size.height, width: size.width };
}

/** How far from 1 the sum of probabilities, or the length of an embedding, may be: half precision rounds to a thousandth. */
const ROUNDING = 2e-3;

/**
 * What the output is by the graph; and by its values where a softmax is written out or averaged, or what is scaled to length 1 is no
 * scores at all.
 *
 * @throws CodedError MODEL_UNUSABLE for such an embedding
 */
function kindOf({ name, kind }: ScoresOutput, scores: Float32Array): OutputKind | null {
  if ((kind !== "logits" && kind !== undefined) || scores.length < 2) return kind ?? null;
  const isOne = (value: number) => Math.abs(value - 1) < ROUNDING;
  if (scores.every((score) => score >= 0) && isOne(scores.reduce((sum, score) => sum + score, 0))) return "probabilities";
  if (isOne(Math.sqrt(scores.reduce((sum, score) => sum + score ** 2, 0)))) throw isEmbedding(name, ", scaled to length 1");
  return kind ?? null;
}

interface Look {
  readonly input: ImageInput;
  readonly size: Extent;
  readonly scores: ScoresOutput;
  readonly tensors: readonly string[];
}

interface Answers {
  readonly batch: "any" | 1;
  readonly classes: number;
  /** The scores of an image. */
  readonly values: Float32Array;
  /** Of the tensors wanted, for one image. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

/** Runs the classifier on an image of noise for its scores and the shapes of tensors, and on two for whether it takes two. */
async function look(model: OnnxModel, folder: string, request: Look, options: SessionOptions): Promise<Answers> {
  const { input, size, scores, tensors } = request;
  const shown = tensors.map((tensor, i) => ({ tensor, output: `vitcx/shape/${i}` }));
  const outputs = ["vitcx/scores", ...shown.map(({ output }) => output)];
  const watched = withGraph(model, {
    input: [floatTensor("vitcx/image", shapeOfImages(input, "vitcx/batch", size))],
    output: outputs.map((name) => floatTensor(name)),
    node: [
      node("Cast", ["vitcx/image"], [input.name], { to: input.type }),
      ...model.graph.node,
      ...scoresMatrix(scores, "vitcx/scores"),
      ...shown.flatMap(({ tensor, output }) => [
        node("Shape", [tensor], [`${output}/integers`]),
        node("Cast", [`${output}/integers`], [output], { to: FLOAT32 }),
      ]),
    ],
  });
  await using session = await Session.open(watched, folder, options);
  const ask = async (count: number, wanted: readonly string[]) => {
    const shape = shapeOfImages(input, count, size);
    const image = { shape, data: new Float32Array(shape.reduce((product, length) => product * length)) };
    gaussianNoise(0, 1)(0, image.data, 0);
    if (input.range === "0-255") image.data.forEach((value, i) => (image.data[i] = Math.min(255, Math.max(0, 128 + 64 * value))));
    const answers: Record<string, Tensor> = await session.run({ "vitcx/image": image }, wanted);
    const [images, classes, ...more] = answers["vitcx/scores"]!.shape;
    if (images !== count || classes === undefined || more.length > 0) {
      const got = answers["vitcx/scores"]!.shape.join(", ");
      throw unusable(`expected scores [${count}, classes] for ${count} images, got [${got}]`);
    }
    return { classes, answers };
  };
  const one = await ask(1, outputs).catch((cause: unknown) => {
    throw unusable(`it cannot be run on ${size.height} x ${size.width} pixels: ${messageOf(cause)}`, cause);
  });
  const takesTwo =
    !input.single && !hasBatchScales(model) && (await ask(2, ["vitcx/scores"]).catch(() => undefined)) !== undefined;
  const shapes = Object.fromEntries(shown.map(({ tensor, output }) => [tensor, [...one.answers[output]!.data]]));
  return { batch: takesTwo ? "any" : 1, classes: one.classes, values: one.answers["vitcx/scores"]!.data, shapes };
}
