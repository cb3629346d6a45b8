import { FLOAT16, FLOAT32, floatTensor, node, withGraph } from "../../onnx/model.ts";
import type { OnnxModel } from "../../onnx/model.ts";
import { Graph } from "../../onnx/graph.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { imageInput, patchStride, scoresOutput } from "../graph/classifier-graph.ts";
import type { ImageInput } from "../graph/classifier-graph.ts";
import { chooseBlock, readBlocks } from "../graph/find-embeddings.ts";
import type { Block } from "../graph/find-embeddings.ts";
import type { Manifest } from "./manifest.ts";
import { patchGrid } from "../graph/patch-grid.ts";
import type { PatchGrid } from "../graph/patch-grid.ts";
import { messageOf, Session } from "../runtime/session.ts";
import type { SessionOptions } from "../runtime/session.ts";
import { unusable } from "../unusable.ts";

/** The kinds of models of Xie et al. 2023 and their kin, told apart by what their graphs do. */
export type Family =
  /** One prefix token, the class token. */
  | "vit"
  /** Two: the class token and the distillation token. */
  | "deit"
  /** Stages of different widths; windows, no prefix tokens. */
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
    readonly type: "float32" | "float16";
    readonly height: number;
    readonly width: number;
    /** Whether it takes any number of images at once, or one. */
    readonly batch: "any" | 1;
  };
  readonly output: { readonly name: string; readonly classes: number; readonly kind: "logits" | "probabilities" };
  readonly blocks: readonly InspectedBlock[];
  readonly embedding: {
    readonly tensor: string;
    /** Rows and columns of patches. */
    readonly grid: [number, number];
    readonly prefixTokens: number;
    readonly channels: number;
  };
  /** Why this tensor. */
  readonly why: string;
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
  /** How many classes there are, for a graph with several outputs. */
  readonly classes?: number | undefined;
  readonly embedding?: Manifest["embedding"] | undefined;
}

/**
 * Inspects a classifier: reads its graph, and has it look at one image to see the shapes that files seldom state.
 *
 * @param folder where its external data lie
 * @throws CodedError MODEL_UNUSABLE where it is no Vision Transformer that classifies images
 */
export async function inspectModel(
  model: OnnxModel,
  folder: string,
  hints: Hints = {},
  options: SessionOptions = {},
): Promise<Inspection> {
  const graph = new Graph(model);
  const input = imageInput(graph);
  const scores = scoresOutput(graph, hints.classes);
  const size = sizeOf(input, hints.size);
  const blocks = readBlocks(graph);
  const config = choose(graph, blocks, hints.embedding?.tensor);
  const candidates = [...new Set([config.tensor, ...blocks.flatMap(({ tensor }) => tensor ?? [])])];
  const answers = await look(model, folder, { input, size, scores: scores.name, candidates }, options);
  const description = { input: size, embedding: hints.embedding ?? {} };
  const stride = patchStride(graph);
  const patches = patchGrid(shapeOfOne(answers.shapes[config.tensor]!), description, stride);
  const { rows, columns, prefixTokens, channels } = patches;
  return {
    family: familyOf(patches, blocks),
    input: { name: input.name, type: input.type === FLOAT16 ? "float16" : "float32", ...size, batch: answers.batch },
    output: { name: scores.name, classes: answers.classes, kind: scores.kind },
    blocks: blocks.map(({ attention, tensor, problem }) => ({
      attention,
      tensor,
      problem,
      patches: tensor === undefined ? undefined : patchesOf(answers.shapes[tensor]!, size, stride),
      chosen: tensor === config.tensor,
    })),
    embedding: { tensor: config.tensor, grid: [rows, columns], prefixTokens, channels },
    why: config.why,
  };
}

function choose(graph: Graph, blocks: readonly Block[], wanted: string | undefined): { tensor: string; why: string } {
  if (wanted === undefined) {
    const { block, why } = chooseBlock(graph, blocks);
    return { tensor: block.tensor!, why };
  }
  if (!graph.has(wanted)) throw unusable(`the graph has no tensor "${wanted}"`);
  return { tensor: wanted, why: "named by the manifest or by --embedding" };
}

function sizeOf({ name, shape: [, height, width] }: ImageInput, hint: Hints["size"]): { height: number; width: number } {
  const size = { height: height ?? hint?.height, width: width ?? hint?.width };
  if (size.height === undefined || size.width === undefined) {
    throw unusable(`the input "${name}" takes images of any size; say which with --size`);
  }
  if (hint && (size.height !== hint.height || size.width !== hint.width)) {
    throw unusable(`the input "${name}" takes ${height} x ${width} pixels, not ${hint.height} x ${hint.width}`);
  }
  return { height: size.height, width: size.width };
}

interface ExplanationRequest {
  readonly input: ImageInput;
  readonly size: { readonly height: number; readonly width: number };
  readonly scores: string;
  readonly candidates: readonly string[];
}

interface Answers {
  readonly batch: "any" | 1;
  readonly classes: number;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

/** Runs the classifier on two grey images, or on one where it takes no two, for the shapes of the candidates. */
async function look(model: OnnxModel, folder: string, request: ExplanationRequest, options: SessionOptions): Promise<Answers> {
  const { input, size, scores, candidates } = request;
  const shown = candidates.map((tensor, i) => ({ tensor, output: `vitcx/candidate/${i}` }));
  const outputs = ["vitcx/scores", ...shown.map(({ output }) => output)];
  const watched = withGraph(model, {
    input: [floatTensor("vitcx/image", ["vitcx/batch", 3, size.height, size.width])],
    output: outputs.map((name) => floatTensor(name)),
    node: [
      node("Cast", ["vitcx/image"], [input.name], { to: input.type }),
      ...model.graph.node,
      node("Cast", [scores], ["vitcx/scores"], { to: FLOAT32 }),
      ...shown.map(({ tensor, output }) => node("Cast", [tensor], [output], { to: FLOAT32 })),
    ],
  });
  await using session = await Session.open(watched, folder, options);
  const ask = async (count: number) => {
    const shape = [count, 3, size.height, size.width];
    const image = { shape, data: new Float32Array(count * 3 * size.height * size.width) };
    const answers: Record<string, Tensor> = await session.run({ "vitcx/image": image }, outputs);
    const [images, classes, ...more] = answers["vitcx/scores"]!.shape;
    if (images !== count || classes === undefined || more.length > 0) {
      const got = answers["vitcx/scores"]!.shape.join(", ");
      throw unusable(`expected scores [${count}, classes] for ${count} images, got [${got}]`);
    }
    return { classes, shapes: Object.fromEntries(shown.map(({ tensor, output }) => [tensor, answers[output]!.shape])) };
  };
  const two = input.single ? undefined : await ask(2).catch(() => undefined);
  if (two) return { batch: "any", ...two };
  try {
    return { batch: 1, ...(await ask(1)) };
  } catch (cause) {
    throw unusable(`it cannot be run on ${size.height} x ${size.width} pixels: ${messageOf(cause)}`, cause);
  }
}

function shapeOfOne([, ...shape]: readonly number[]): readonly number[] {
  return shape;
}

/** As `patchGrid`, for a block that is not chosen, of which it is enough to know nothing. */
function patchesOf(shape: readonly number[], input: ExplanationRequest["size"], stride: ReturnType<typeof patchStride>) {
  try {
    return patchGrid(shapeOfOne(shape), { input, embedding: {} }, stride);
  } catch {
    return undefined;
  }
}

function familyOf({ prefixTokens }: PatchGrid, blocks: readonly Block[]): Family {
  if (new Set(blocks.map(({ width }) => width)).size > 1) return "swin";
  return (["vit-pooled", "vit", "deit"] as const)[prefixTokens] ?? "vit-registers";
}
