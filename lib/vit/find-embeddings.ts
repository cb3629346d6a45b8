import type { CodedError } from "../errors.ts";
import { integer } from "../onnx/graph.ts";
import type { Graph } from "../onnx/graph.ts";
import type { OnnxNode } from "../onnx/model.ts";
import { LAYOUT, selfAttentions } from "./attention.ts";
import type { SelfAttention } from "./attention.ts";
import { unusable } from "./unusable.ts";

const NORMS = new Set(["LayerNormalization", "SkipLayerNormalization", "SimplifiedLayerNormalization", "RMSNormalization"]);
/** In a layer norm written out: scale and shift; and from the mean of squares to what the difference is divided by. */
const AFFINE = new Set(["Add", "Mul", "Cast"]);
const DEVIATION = new Set(["Add", "Sqrt", "Reciprocal", "Pow", "Div", "Cast"]);
/** What may stand between a weight in the file and the projection that uses it. */
const WEIGHT_WRAPPERS = new Set(["Transpose", "Identity", "Cast", "DequantizeLinear"]);

/**
 * The tensor of the patch embeddings, found by the graph's shape alone, for exporters name tensors as they like: the layer
 * norm's output from which the last block's queries, keys and values are all projected. In a hierarchy (the width changes from
 * stage to stage) it is the last block of the second-to-last stage (Xie et al. 2023 take this one for Swin).
 *
 * @throws CodedError MODEL_UNUSABLE where the graph has no such tensor
 */
export function findEmbeddings(graph: Graph): string {
  const attentions = selfAttentions(graph);
  const lost = attentions.find(({ projections }) => projections.length === 0);
  if (lost) throw notFound(`the queries, keys and values of the attention "${lost.name}" are not made by plain projections`);
  const attention = chosen(attentions, (each) => inputWidth(graph, each.projections[0]));
  if (!attention) throw notFound("the graph has no self-attention of a known form");
  const tensors = new Set(attention.projections.flatMap((projection) => graph.sources(graph.fedInputs(projection)[0], LAYOUT)));
  const [tensor, ...others] = tensors;
  if (tensor === undefined || others.length > 0) {
    throw notFound(`the queries, keys and values of the attention "${attention.name}" are projected from different tensors`);
  }
  if (!isNormalised(graph, tensor)) throw notFound(`"${tensor}", what the last attention reads, is not a layer norm's output`);
  return tensor;
}

function notFound(why: string): CodedError {
  const remedy = "name the patch embeddings' tensor in the manifest's embedding.tensor";
  return unusable(`found no patch embeddings: ${why}; ${remedy}`);
}

/** The last block, or in a hierarchy the last block of the second-to-last stage; a stage is a run of blocks of one width. */
function chosen(attentions: readonly SelfAttention[], width: (attention: SelfAttention) => number | undefined) {
  const widths = attentions.map(width);
  const lasts = attentions.filter((_, i) => i + 1 === attentions.length || widths[i] !== widths[i + 1]);
  return lasts.at(-2) ?? lasts.at(-1);
}

/** D, how many channels a projection reads. */
function inputWidth(graph: Graph, projection: OnnxNode): number | undefined {
  let transposed = integer(projection, "transB") === 1;
  let weight = projection.input[1];
  for (let node = graph.producer(weight); node && WEIGHT_WRAPPERS.has(node.opType); node = graph.producer(weight)) {
    if (node.opType === "Transpose") transposed = !transposed;
    weight = node.input[0];
  }
  return graph.weightShape(weight)?.at(transposed ? -1 : -2);
}

/** Whether a tensor leaves a layer norm, be it one node or (x − mean) / √(variance + ε) · scale + shift written out. */
function isNormalised(graph: Graph, tensor: string): boolean {
  let node = graph.producer(tensor);
  while (node && AFFINE.has(node.opType) && graph.fedInputs(node).length === 1) node = graph.producer(graph.fedInputs(node)[0]);
  if (!node) return false;
  if (NORMS.has(node.opType)) return true;
  const divides = (node.opType === "Div" || node.opType === "Mul") && graph.fedInputs(node).length === 2;
  return divides && graph.fedInputs(node).some((input) => isDeviation(graph, input));
}

function isDeviation(graph: Graph, tensor: string): boolean {
  const sources = graph.sources(tensor, DEVIATION);
  return sources.length === 1 && graph.producer(sources[0])?.opType === "ReduceMean";
}
