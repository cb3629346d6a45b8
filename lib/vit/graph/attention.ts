import type { Graph } from "../../onnx/graph.ts";
import type { OnnxNode } from "../../onnx/model.ts";

/** One self-attention of a graph. */
export interface SelfAttention {
  /** The linear map that makes its queries; undefined where the way back from them is not known. */
  readonly projection: OnnxNode | undefined;
  /** A tensor by which to name this attention to people. */
  readonly name: string;
  /** The values as the attention weights them: nothing gets through the attention but by this tensor. */
  readonly output: string;
}

/** Operators that put numbers elsewhere and change none. */
export const LAYOUT: ReadonlySet<string> = new Set(
  "Reshape Transpose Flatten Squeeze Unsqueeze Expand Split Slice Gather Concat Pad Cast Identity Dropout".split(" "),
);
/** From the attention probabilities to their product with the values; `Where` clears rows that are masked altogether. */
const AFTER_SOFTMAX = new Set("Cast Identity Dropout Reshape Where".split(" "));
/** The same where the heads are mixed by weights, as in CaiT and DeepViT. */
const MIXES_HEADS = new Set("Transpose MatMul Einsum Conv Add Sub Mul Div BatchNormalization LayerNormalization".split(" "));
/** From the product of queries and keys to the softmax: scale, relative position bias, mask. */
const BEFORE_SOFTMAX = new Set("Mul Div Add Sub Where Cast Identity Dropout Reshape Transpose Squeeze Unsqueeze".split(" "));
/** From a projection to the queries, keys or values: bias, scale, heads, rotary positions, a norm of their own. */
const AFTER_PROJECTION = new Set([
  ...LAYOUT,
  ..."Add Sub Mul Div Neg Pow Sqrt Reciprocal ReduceMean ReduceSum ReduceL2 ReduceMax Max Clip LayerNormalization".split(" "),
]);
/** The same where what is projected is normalised over the batch, as in LeViT, or pooled, as in MViT. */
const AFTER_POOLING = new Set([...AFTER_PROJECTION, ..."BatchNormalization Conv MaxPool AveragePool".split(" ")]);
const PRODUCTS = new Set(["MatMul", "FusedMatMul", "Einsum"]);
const PROJECTIONS = new Set(["MatMul", "FusedMatMul", "Gemm"]);

/** Finds, for one node of a graph, the self-attention that the node is the heart of. */
type Recognise = (graph: Graph, node: OnnxNode) => SelfAttention | undefined;

/** The ways in which exporters write self-attention. */
const RECOGNISE: Readonly<Record<string, Recognise>> = {
  Softmax: softmaxAttention,
  BiasSoftmax: softmaxAttention,
  Attention: fusedAttention,
  MultiHeadAttention: fusedAttention,
};

/** Every self-attention of a graph in the order of its blocks. */
export function selfAttentions(graph: Graph): SelfAttention[] {
  return graph.nodes.map((node) => RECOGNISE[node.opType]?.(graph, node)).filter((found) => found !== undefined);
}

/**
 * softmax(Q Kᵀ) V, written out. A softmax that no product follows is the classifier's own; queries that do not depend on the
 * picture belong to a pooling head: neither is self-attention.
 */
function softmaxAttention(graph: Graph, softmax: OnnxNode): SelfAttention | undefined {
  const product = weightedSum(graph, softmax.output[0]!);
  const scores = graph.sources(softmax.input[0]!, BEFORE_SOFTMAX).map((tensor) => graph.producer(tensor));
  const [scored, ...others] = scores;
  if (!product || (others.length === 0 && scored && asksWithWeights(graph, scored))) return undefined;
  const lost = { name: softmax.output[0]!, output: product.output[0]!, projection: undefined };
  // Beside the product of queries and keys there may be those of queries and weights: relative positions.
  const [asked, ...more] = scores.flatMap((each) => (each && isProduct(graph, each) ? [each] : []));
  if (!scored || more.length > 0 || (!asked && others.length > 0)) return lost;
  const [query] = (asked ?? unmixed(graph, scored))?.input ?? [];
  return { ...lost, projection: query === undefined ? undefined : projectionOf(graph, query) };
}

/** ONNX Runtime's Attention, which projects by itself, and the operators that take what is projected. */
function fusedAttention(graph: Graph, attention: OnnxNode): SelfAttention | undefined {
  const [query, key, value] = attention.input;
  const projects = attention.domain === "com.microsoft" && attention.opType === "Attention";
  const output = attention.output[0]!;
  if (projects) return { name: output, output, projection: attention };
  // All three are in the first input where there is no other.
  const tensors = [query, key, value].filter((tensor): tensor is string => tensor !== undefined && tensor !== "");
  if (graph.fedInputs(attention).length < tensors.length) return undefined;
  return { name: output, output, projection: projectionOf(graph, query!) };
}

/**
 * Whether a node's product asks what depends on the picture with what does not: the queries of a pooling head are weights. A
 * weight that mixes the heads' scores is multiplied too, but by products of queries and keys.
 */
function asksWithWeights(graph: Graph, node: OnnxNode): boolean {
  const [asked, ...others] = graph.fedInputs(node);
  if (!PRODUCTS.has(node.opType) || asked === undefined || others.length > 0) return false;
  const behind = graph.sources(asked, BEFORE_SOFTMAX).map((tensor) => graph.producer(tensor));
  return !behind.some((each) => each !== undefined && isProduct(graph, each));
}

/** The product of the attention probabilities with the values. */
function weightedSum(graph: Graph, probabilities: string): OnnxNode | undefined {
  for (const consumer of graph.consumers(probabilities)) {
    if (isProduct(graph, consumer) && consumer.input[0] === probabilities) return consumer;
    const mixes = MIXES_HEADS.has(consumer.opType) && graph.fedInputs(consumer).length === 1;
    const further = mixes || AFTER_SOFTMAX.has(consumer.opType) ? weightedSum(graph, consumer.output[0]!) : undefined;
    if (further) return further;
  }
  return undefined;
}

/** Whether a node multiplies two tensors that both depend on the picture. */
function isProduct(graph: Graph, node: OnnxNode): boolean {
  return PRODUCTS.has(node.opType) && node.input.length === 2 && graph.fedInputs(node).length === 2;
}

/** The product of queries and keys behind a product with a weight that mixes the heads' scores. */
function unmixed(graph: Graph, mixing: OnnxNode): OnnxNode | undefined {
  const [mixed, ...others] = graph.fedInputs(mixing);
  if (!PRODUCTS.has(mixing.opType) || mixed === undefined || others.length > 0) return undefined;
  const behind = graph.sources(mixed, BEFORE_SOFTMAX).map((tensor) => graph.producer(tensor));
  return behind.length === 1 && behind[0] && isProduct(graph, behind[0]) ? behind[0] : undefined;
}

/** The projection behind the queries; undefined where the way back is not known. */
function projectionOf(graph: Graph, queries: string): OnnxNode | undefined {
  for (const through of [AFTER_PROJECTION, AFTER_POOLING]) {
    const found = new Set(graph.sources(queries, through).map((source) => graph.producer(source)));
    const [node, ...others] = found;
    if (node && others.length === 0 && isProjection(graph, node)) return node;
  }
  return undefined;
}

/** Whether a node multiplies what depends on the picture by a weight. */
function isProjection(graph: Graph, node: OnnxNode): boolean {
  return PROJECTIONS.has(node.opType) && graph.fedInputs(node).length === 1;
}
