import { declaredShape, declaredType } from "../../onnx/graph.ts";
import type { Graph } from "../../onnx/graph.ts";
import { FLOAT16, FLOAT32 } from "../../onnx/model.ts";
import { findEmbeddings } from "./find-embeddings.ts";
import { scoresOutput } from "./scores-output.ts";
import type { Manifest } from "../catalog/manifest.ts";
import { notImages, unusable } from "../unusable.ts";

/** What the probe must know of a classifier's graph. */
export interface ClassifierGraph {
  /** Name of the input, [batch, 3, H, W]. */
  readonly input: string;
  /** Its element type, FLOAT32 or FLOAT16. */
  readonly inputType: number;
  /** Whether the graph takes batches of one image only. */
  readonly single: boolean;
  /** Name of the logits or probabilities, [batch, C]. */
  readonly scores: string;
  /** Whether they have these two axes; else one, or more of length 1. */
  readonly isMatrix: boolean;
  /** Name of the patch embeddings' tensor. */
  readonly embeddings: string;
}

type ManifestOfGraph = Pick<Manifest, "input" | "labels" | "embedding">;

/**
 * Reads a classifier's graph as its manifest describes it.
 *
 * @throws CodedError MODEL_UNUSABLE where the two disagree
 */
export function readClassifier(graph: Graph, manifest: ManifestOfGraph): ClassifierGraph {
  const { name, type, single } = checkedInput(graph, manifest);
  const scores = scoresOutput(graph, manifest.labels.length);
  return {
    input: name,
    inputType: type,
    single,
    scores: scores.name,
    isMatrix: scores.isMatrix,
    embeddings: manifest.embedding.tensor ?? findEmbeddings(graph),
  };
}

/**
 * The input of an image classifier.
 *
 * @throws CodedError MODEL_UNUSABLE where its pixels, or the tensors of the graph, are not those of the manifest
 */
export function checkedInput(graph: Graph, { input, embedding }: Pick<ManifestOfGraph, "input" | "embedding">): ImageInput {
  const found = imageInput(graph);
  const { name, shape } = found;
  const expected = [3, input.height, input.width];
  if (shape.some((size, axis) => size !== null && size !== expected[axis])) {
    const got = `[any, ${listed(shape)}]`;
    throw unusable(`expected the input "${name}" to be [any, ${listed(expected)}] as the manifest says, got ${got}`);
  }
  const { tensor } = embedding;
  if (tensor !== undefined && !graph.has(tensor)) {
    throw unusable(`the graph has no tensor "${tensor}", which the manifest names as embedding.tensor`);
  }
  return found;
}

/** The image among a graph's inputs: its name, element type and [3, H, W], `null` where a size is free. */
export interface ImageInput {
  readonly name: string;
  readonly type: number;
  readonly shape: readonly [number | null, number | null, number | null];
  readonly single: boolean;
}

/**
 * The input of an image classifier.
 *
 * @throws CodedError MODEL_UNUSABLE where the graph's inputs are not one batch of RGB images
 */
export function imageInput(graph: Graph): ImageInput {
  const [input, ...others] = graph.inputs;
  if (!input || others.length > 0) {
    throw notImages(`expected one input, the image; the graph has ${listed(graph.inputs.map(({ name }) => name))}`);
  }
  const type = declaredType(input);
  if (type !== FLOAT32 && type !== FLOAT16) {
    throw notImages(`expected the input "${input.name}" to be float32 (1) or float16 (10), got element type ${type}`);
  }
  const [batch, ...shape] = declaredShape(input) ?? [null, null, null, null];
  if (shape.length !== 3 || (shape[0] !== null && shape[0] !== 3)) {
    throw notImages(`expected the input "${input.name}" to be [batch, 3, height, width], got [${listed([batch!, ...shape])}]`);
  }
  if (typeof batch === "number" && batch > 1) {
    throw unusable(`the graph takes batches of exactly ${batch}; export the model again with a dynamic batch axis`);
  }
  return { name: input.name, type, shape: shape as [number | null, number | null, number | null], single: batch === 1 };
}

/** What convolutions and poolings make of the picture: maps, [batch, channels, rows, columns]. */
export function maps(graph: Graph): string[] {
  return graph.nodes
    .filter((node) => MAKES_MAPS.has(node.opType) && graph.fedInputs(node).length > 0)
    .flatMap(({ output }) => output.slice(0, 1));
}

/** Also as ONNX Runtime writes it when it fuses what follows. */
const MAKES_MAPS = new Set(["Conv", "FusedConv", "MaxPool", "AveragePool"]);

function listed(items: readonly (string | number | null)[]): string {
  return items.length === 0 ? "none" : items.map((item) => item ?? "any").join(", ");
}
