import { declaredShape, declaredType, integers } from "../onnx/graph.ts";
import type { Graph } from "../onnx/graph.ts";
import { FLOAT32 } from "../onnx/model.ts";
import { findEmbeddings } from "./find-embeddings.ts";
import type { Manifest } from "./manifest.ts";
import { unusable } from "./unusable.ts";

/** What the probe must know of a classifier's graph. */
export interface ClassifierGraph {
  /** Name of the input, [batch, 3, H, W]. */
  readonly input: string;
  /** Name of the logits or probabilities, [batch, C]. */
  readonly scores: string;
  /** Name of the patch embeddings' tensor. */
  readonly embeddings: string;
  /** Rows and columns of pixels from one patch to the next, where a convolution cuts the patches. */
  readonly patchStride: readonly [number, number] | undefined;
}

/**
 * Reads a classifier's graph as its manifest describes it.
 *
 * @throws CodedError MODEL_UNUSABLE where the two disagree
 */
export function readClassifier(graph: Graph, manifest: Manifest): ClassifierGraph {
  return {
    input: imageInput(graph, manifest),
    scores: scoresOutput(graph, manifest),
    embeddings: embeddingsTensor(graph, manifest),
    patchStride: patchStride(graph),
  };
}

function imageInput(graph: Graph, { input: { height, width } }: Manifest): string {
  const [input, ...others] = graph.inputs;
  if (!input || others.length > 0) {
    throw unusable(`expected one input, the image; the graph has ${listed(graph.inputs.map(({ name }) => name))}`);
  }
  const type = declaredType(input);
  if (type !== FLOAT32) throw unusable(`expected the input "${input.name}" to be float32 (1), got element type ${type}`);
  const shape = declaredShape(input);
  const [batch, ...rest] = shape ?? [];
  if (typeof batch === "number") {
    throw unusable(`the graph takes batches of exactly ${batch}; export the model again with a dynamic batch axis`);
  }
  const expected = [3, height, width];
  if (shape && (rest.length !== 3 || rest.some((size, axis) => size !== null && size !== expected[axis]))) {
    const got = shape.map((size) => size ?? "any").join(", ");
    throw unusable(`expected the input "${input.name}" to be [any, 3, ${height}, ${width}] as the manifest says, got [${got}]`);
  }
  return input.name;
}

function scoresOutput(graph: Graph, { labels }: Manifest): string {
  const shapes = graph.outputs.map((info) => declaredShape(info));
  const fits = (classes: number | null) => (shape: (number | null)[] | undefined) => shape?.length === 2 && shape[1] === classes;
  const found = [fits(labels.length), fits(null), (shape: unknown) => shape === undefined]
    .map((fitting) => shapes.findIndex(fitting))
    .find((index) => index >= 0);
  if (found === undefined) {
    const got = graph.outputs.map(({ name }, i) => `${name} [${(shapes[i] ?? []).map((size) => size ?? "any").join(", ")}]`);
    throw unusable(`expected an output [any, ${labels.length}], as many as the manifest has labels, got ${listed(got)}`);
  }
  return graph.outputs[found].name;
}

function embeddingsTensor(graph: Graph, { embedding: { tensor } }: Manifest): string {
  if (tensor === undefined) return findEmbeddings(graph);
  if (!graph.has(tensor)) throw unusable(`the graph has no tensor "${tensor}", which the manifest names as embedding.tensor`);
  return tensor;
}

function patchStride(graph: Graph): [number, number] | undefined {
  const first = graph.nodes.find((node) => node.opType === "Conv" && graph.fedInputs(node).length > 0);
  const [rows, columns] = (first && integers(first, "strides")) ?? [];
  return rows && columns ? [rows, columns] : undefined;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}
