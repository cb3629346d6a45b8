import type { CodedError } from "../../errors.ts";
import { integer } from "../../onnx/graph.ts";
import type { Graph } from "../../onnx/graph.ts";
import type { OnnxNode } from "../../onnx/model.ts";
import { LAYOUT, selfAttentions } from "./attention.ts";
import type { SelfAttention } from "./attention.ts";
import { unusable } from "../unusable.ts";

const NORMS = new Set(
  "LayerNormalization SkipLayerNormalization SimplifiedLayerNormalization SkipSimplifiedLayerNormalization RMSNormalization".split(
    " ",
  ),
);
/** In a layer norm written out: scale and shift; and from the mean of squares to what the difference is divided by. */
const AFFINE = new Set(["Add", "Mul", "Cast"]);
const DEVIATION = new Set(["Add", "Sqrt", "Reciprocal", "Pow", "Div", "Cast"]);
/** What may stand between a weight in the file and the projection that uses it. */
const WEIGHT_WRAPPERS = new Set(["Transpose", "Identity", "Cast", "DequantizeLinear"]);

/** A block of a transformer, as its self-attention shows it. */
export interface Block {
  /** A tensor by which to name its attention to people. */
  readonly attention: string;
  /** The candidate for the patch embeddings: what its queries, keys and values are projected from. */
  readonly tensor: string | undefined;
  /** Why there is none. */
  readonly problem: string | undefined;
  /** D, the channels that it reads. */
  readonly width: number | undefined;
}

/** Which block is taken, and why. */
export interface MethodConfig {
  readonly block: Block;
  readonly why: string;
}

/** The blocks of a graph in their order, each with its candidate for the patch embeddings. */
export function readBlocks(graph: Graph): Block[] {
  return selfAttentions(graph).map((attention) => ({
    attention: attention.name,
    width: attention.projections[0] && inputWidth(graph, attention.projections[0]),
    ...candidate(graph, attention),
  }));
}

/**
 * The block whose patch embeddings are taken: the last, or in a hierarchy (the width changes from stage to stage) the last of
 * the second-to-last stage (Xie et al. 2023 take this one for Swin).
 *
 * @throws CodedError MODEL_UNUSABLE where there is no block, or one that is not understood
 */
export function chooseBlock(graph: Graph, blocks: readonly Block[]): MethodConfig {
  if (blocks.length === 0)
    throw notFound(`the graph has no self-attention (it is no transformer, or of an unknown form)${quantised(graph)}`);
  const problem = blocks.find((block) => block.problem !== undefined)?.problem;
  if (problem) throw notFound(problem);
  const lasts = blocks.filter(({ width }, i) => i + 1 === blocks.length || width !== blocks[i + 1]!.width);
  if (lasts.length === 1) return { block: lasts[0]!, why: "last block" };
  return { block: lasts.at(-2)!, why: `last block of stage ${lasts.length - 1} of ${lasts.length}, the second-to-last` };
}

/**
 * The tensor of the patch embeddings, found by the graph's shape alone, for exporters name tensors as they like: the layer
 * norm's output from which the chosen block's queries, keys and values are all projected.
 *
 * @throws CodedError MODEL_UNUSABLE where the graph has no such tensor
 */
export function findEmbeddings(graph: Graph): string {
  return chooseBlock(graph, readBlocks(graph)).block.tensor!;
}

function candidate(graph: Graph, { name, projections }: SelfAttention): Pick<Block, "tensor" | "problem"> {
  const none = (problem: string) => ({ tensor: undefined, problem });
  if (projections.length === 0) {
    return none(`the queries, keys and values of the attention "${name}" are not made by plain projections`);
  }
  const tensors = new Set(projections.flatMap((projection) => graph.sources(graph.fedInputs(projection)[0]!, LAYOUT)));
  const [tensor, ...others] = tensors;
  if (tensor === undefined || others.length > 0) {
    return none(`the queries, keys and values of the attention "${name}" are projected from different tensors`);
  }
  if (!isNormalised(graph, tensor) && !isSumOfNormalised(graph, tensor)) {
    return none(`"${tensor}", what the attention "${name}" reads, is not a layer norm's output`);
  }
  return { tensor, problem: undefined };
}

function notFound(why: string): CodedError {
  const remedy = "name the patch embeddings' tensor (embedding.tensor in the manifest, --embedding on the command line)";
  return unusable(`found no patch embeddings: ${why}; ${remedy}`);
}

/** A quantised graph's products are other operators, and its embeddings are not numbers to make masks of. */
function quantised(graph: Graph): string {
  const made = graph.nodes.some(({ opType }) => /^(QLinear|DynamicQuantize|MatMulInteger|QAttention|MatMulNBits)/.test(opType));
  return made ? "; it is quantised, so take the file with fp32 or fp16 weights" : "";
}

/** D, how many channels a projection reads. */
function inputWidth(graph: Graph, projection: OnnxNode): number | undefined {
  let transposed = integer(projection, "transB") === 1;
  let weight = projection.input[1];
  for (let node = graph.producer(weight!); node && WEIGHT_WRAPPERS.has(node.opType); node = graph.producer(weight!)) {
    if (node.opType === "Transpose") transposed = !transposed;
    weight = node.input[0];
  }
  return graph.weightShape(weight!)?.at(transposed ? -1 : -2);
}

/** Whether a tensor leaves a layer norm, be it one node or (x − mean) / √(variance + ε) · scale + shift written out. */
function isNormalised(graph: Graph, tensor: string): boolean {
  let node = graph.producer(tensor);
  while (node && AFFINE.has(node.opType) && graph.fedInputs(node).length === 1) node = graph.producer(graph.fedInputs(node)[0]!);
  if (!node) return false;
  // Further outputs of a fused norm are its mean, its deviation and the sum that it normalises.
  if (NORMS.has(node.opType)) return !node.output.slice(1).includes(tensor);
  const divides = (node.opType === "Div" || node.opType === "Mul") && graph.fedInputs(node).length === 2;
  return divides && graph.fedInputs(node).some((input) => isDeviation(graph, input));
}

/** Whether a tensor is what a block that normalises after its attention (Swin V2) passes on: x + norm(f(x)). */
function isSumOfNormalised(graph: Graph, tensor: string): boolean {
  const node = graph.producer(tensor);
  if (node?.opType !== "Add" || graph.fedInputs(node).length !== 2) return false;
  return node.input.some((input) => graph.sources(input, LAYOUT).every((source) => isNormalised(graph, source)));
}

function isDeviation(graph: Graph, tensor: string): boolean {
  const sources = graph.sources(tensor, DEVIATION);
  return sources.length === 1 && graph.producer(sources[0]!)?.opType === "ReduceMean";
}
