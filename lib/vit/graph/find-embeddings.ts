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
  /** The candidate for the patch embeddings: what its queries are projected from. */
  readonly tensor: string | undefined;
  /** Why there is none. */
  readonly problem: string | undefined;
  /** What its queries' projection takes: the candidate's tokens, in windows where the attention has some. */
  readonly projected: string | undefined;
  /** D, the channels that it reads. */
  readonly width: number | undefined;
}

/** Which block is taken, and why. */
export interface ChosenBlock {
  readonly block: Block;
  readonly why: string;
}

/** The blocks of a graph in their order, each with its candidate for the patch embeddings. */
export function readBlocks(graph: Graph): Block[] {
  return selfAttentions(graph).map((attention) => ({
    attention: attention.name,
    width: attention.projection && inputWidth(graph, attention.projection),
    projected: attention.projection && graph.fedInputs(attention.projection)[0],
    ...candidate(graph, attention),
  }));
}

/**
 * The block whose patch embeddings are taken: the last, or in a hierarchy (width or grid change from stage to stage) the last of
 * the second-to-last stage (Xie et al. 2023 take this one for Swin). Other blocks may be of an unknown form.
 *
 * @param gridOf a text for each grid of patches, where grids are known; undefined for a block of which it is not
 * @throws CodedError MODEL_UNUSABLE where there is no block, or the one to take is not understood
 */
export function chooseBlock(
  graph: Graph,
  blocks: readonly Block[],
  gridOf: (block: Block) => string | undefined = () => "",
): ChosenBlock {
  if (blocks.length === 0) throw noBlocks(graph);
  const lasts = stageEnds(blocks, gridOf);
  const block = lasts.at(-2) ?? lasts[0]!;
  const why =
    lasts.length === 1 ? "last block" : `last block of stage ${lasts.length - 1} of ${lasts.length}, the second-to-last`;
  if (block.problem !== undefined) throw unusable(`found no patch embeddings in the ${why}: ${block.problem}; ${REMEDY}`);
  return { block, why };
}

/** The last block of each stage; of a model without stages, the last. */
export function stageEnds(blocks: readonly Block[], gridOf: (block: Block) => string | undefined = () => ""): Block[] {
  const known = blocks.map((block) => {
    const grid = block.width === undefined ? undefined : gridOf(block);
    return grid === undefined ? undefined : `${block.width} ${grid}`;
  });
  // A block of an unknown form is of the stage of those before it.
  const stages = known.map((_, i) => known.slice(0, i + 1).findLast((stage) => stage !== undefined) ?? known.find(Boolean));
  const ends = blocks.filter((_, i) => i + 1 === blocks.length || stages[i] !== stages[i + 1]);
  // Blocks that take turns, as those of TNT over pixels and over patches, are no stages.
  return ends.length === new Set(stages).size ? ends : ends.slice(-1);
}

const REMEDY = "name the patch embeddings' tensor (embedding.tensor in the manifest, --embedding on the command line)";

/**
 * The tensor of the patch embeddings, found by the graph alone, for exporters name tensors as they like: what the chosen block's
 * queries are projected from, its layer norm's output.
 *
 * @throws CodedError MODEL_UNUSABLE where the graph has no such tensor
 */
export function findEmbeddings(graph: Graph): string {
  return chooseBlock(graph, readBlocks(graph)).block.tensor!;
}

/** The outputs of a graph's layer norms, those that may be named as patch embeddings where blocks are of an unknown form. */
export function normOutputs(graph: Graph): string[] {
  return graph.nodes
    .filter((node) => NORMS.has(node.opType) && graph.fedInputs(node).length > 0)
    .flatMap(({ output }) => output.slice(0, 1));
}

function candidate(graph: Graph, { name, projection }: SelfAttention): Pick<Block, "tensor" | "problem"> {
  const none = (problem: string) => ({ tensor: undefined, problem });
  if (!projection) return none(`the queries of the attention "${name}" are not made by a plain projection`);
  const projected = graph.fedInputs(projection)[0]!;
  const normalised = (tensor: string) => isNormalised(graph, tensor) || isSumOfNormalised(graph, tensor);
  const direct = new Set(graph.sources(projected, LAYOUT));
  const [tensor, ...others] = direct;
  if (others.length === 0 && normalised(tensor!)) return { tensor, problem: undefined };
  // CvT's queries are projected from a convolution of the norm's output.
  const convolved = graph.sources(projected, CONVOLVED);
  if (convolved.length === 1 && normalised(convolved[0]!)) return { tensor: convolved[0], problem: undefined };
  if (others.length > 0) return none(`the queries of the attention "${name}" are projected from different tensors`);
  return { tensor, problem: undefined };
}

/** What may stand between a norm and the queries' projection. */
const CONVOLVED = new Set([...LAYOUT, "Conv", "BatchNormalization"]);

/** Why there is no block. Without any softmax there is no attention, and no tensor that could be named. */
function noBlocks(graph: Graph): CodedError {
  const count = softmaxesInside(graph);
  return unusable(
    count === 0
      ? "the graph has no attention by a softmax: vitcx explains classifiers that have some, for it takes the patch embeddings from there"
      : `found no patch embeddings: none of the graph's ${count} softmaxes is that of a self-attention of a known form; ${REMEDY}`,
  );
}

/** How many softmaxes a graph has beside the one that puts its probabilities out. */
export function softmaxesInside(graph: Graph): number {
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  return graph.nodes.filter(({ opType, output }) => opType === "Softmax" && !outputs.has(output[0]!)).length;
}

/** D, how many channels a projection reads. */
function inputWidth(graph: Graph, projection: OnnxNode): number | undefined {
  let transposed = integer(projection, "transB") === 1;
  let weight = projection.input[1];
  for (let node = graph.producer(weight!); node && WEIGHT_WRAPPERS.has(node.opType); node = graph.producer(weight!)) {
    if (node.opType === "Transpose") transposed = !transposed;
    weight = node.input[0];
  }
  // Weights of few bits lie packed, and their operators say how many numbers there are.
  return integer(projection, "K") ?? graph.weightShape(weight!)?.at(transposed ? -1 : -2);
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
