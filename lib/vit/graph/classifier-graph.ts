import type { Graph } from "../../onnx/graph.ts";
import { FLOAT16, FLOAT32 } from "../../onnx/model.ts";
import { findEmbeddings } from "./find-embeddings.ts";
import { imageInput, listed, shapeOfImages } from "./image-input.ts";
import type { ImageInput } from "./image-input.ts";
import { scoresOutput } from "./scores-output.ts";
import type { Manifest } from "../catalog/manifest.ts";
import { unusable } from "../unusable.ts";

/** What the probe must know of a classifier's graph. */
export interface ClassifierGraph {
  readonly input: ImageInput;
  /** The element type of what the graph computes with, FLOAT32 or FLOAT16. */
  readonly floatType: number;
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
  const input = checkedInput(graph, manifest);
  const scores = scoresOutput(graph, manifest.labels.length);
  return {
    input,
    floatType: input.type === FLOAT16 ? FLOAT16 : FLOAT32,
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
  const found = imageInput(graph, input);
  const { name, layout, channels, size } = found;
  if ((size[0] ?? input.height) !== input.height || (size[1] ?? input.width) !== input.width) {
    const shape = (height: number | null, width: number | null) =>
      `[${listed(shapeOfImages({ layout, channels }, "any", { height: height!, width: width! }))}]`;
    const expected = shape(input.height, input.width);
    throw unusable(`expected the input "${name}" to be ${expected} as the manifest says, got ${shape(...size)}`);
  }
  const { tensor } = embedding;
  if (tensor !== undefined && !graph.has(tensor)) {
    throw unusable(`the graph has no tensor "${tensor}", which the manifest names as embedding.tensor`);
  }
  return found;
}

/** What convolutions and poolings make of the picture: maps, [batch, channels, rows, columns]. */
export function maps(graph: Graph): string[] {
  return graph.nodes
    .filter((node) => MAKES_MAPS.has(node.opType) && graph.fedInputs(node).length > 0)
    .flatMap(({ output }) => output.slice(0, 1));
}

/** Also as ONNX Runtime writes it when it fuses what follows. */
const MAKES_MAPS = new Set(["Conv", "FusedConv", "MaxPool", "AveragePool"]);
