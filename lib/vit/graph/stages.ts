import type { Graph } from "../../onnx/graph.ts";
import type { OnnxNode } from "../../onnx/model.ts";
import { LAYOUT, selfAttentions } from "./attention.ts";
import { lastSum } from "./last-sum.ts";
import { unusable } from "../unusable.ts";

/** A part of a classifier, with the tensors that are its weights. */
export interface Stage {
  /** "head", "block 12" … "block 1", "embedding". */
  readonly name: string;
  readonly weights: readonly string[];
}

/** A tensor of floats in the file that may be a weight, and how many numbers it has. */
export interface Candidate {
  readonly tensor: string;
  readonly size: number;
}

/** What these take after their first input are sizes, places and scales, even where a float is what they are made of. */
const FIRST_ALONE = new Set(
  "Reshape Expand Tile Pad Slice Gather GatherND GatherElements Squeeze Unsqueeze Split Resize Upsample Clip Dropout TopK DequantizeLinear QuantizeLinear".split(
    " ",
  ),
);
/** What these make are sizes and places. */
const NO_NUMBERS = new Set(["Shape", "Size", "ConstantOfShape", "Range", "OneHot"]);
const ARITHMETIC = new Set(["Add", "Sub", "Mul", "Div"]);
const PICTURE = new Set([...LAYOUT, ...ARITHMETIC, "Resize", "Clip"]);
const COLOURS = 3;

/**
 * The stages of a classifier from its scores back to the image: the head with the last norm, the blocks from the last to the first,
 * and the embedding of the patches, with the positions and the class token. They are found by the graph's shape alone, for
 * exporters name tensors as they like. Between two attentions, what is on every way from the scores back to the earlier block's
 * tokens leads into the later attention, and is of its block (norm, queries, keys, values); what a residual goes around is of the
 * earlier one's (projection, norm, MLP, and the merging of patches in a hierarchy). A weight that two stages share is the later's.
 *
 * @throws CodedError MODEL_UNUSABLE where there are no blocks, or a stage has no weights
 */
export function stagesOf(graph: Graph, scores: string, candidates: readonly Candidate[]): Stage[] {
  const attentions = selfAttentions(graph).map(({ output }) => graph.producer(output)!);
  if (attentions.length === 0) throw unusable("the graph has no self-attention by which to tell its stages apart");
  const stageOf = stageFinder(graph, scores, attentions);
  const depth = attentions.length;
  const stages = Array.from({ length: depth + 2 }, (_, i) => ({ name: nameOf(i, depth), weights: [] as string[] }));
  for (const { tensor, size } of candidates) {
    const found = uses(graph, tensor)
      .filter(({ node }) => !(size <= COLOURS && isOfPicture(graph, node)))
      .flatMap((use) => stageOf(use) ?? []);
    if (found.length > 0) stages[Math.min(...found)]!.weights.push(tensor);
  }
  const empty = stages.find(({ weights }) => weights.length === 0);
  if (empty) throw unusable(`found no weights of its ${empty.name} in floating point`);
  return stages;
}

function nameOf(stage: number, depth: number): string {
  if (stage === 0) return "head";
  return stage > depth ? "embedding" : `block ${depth + 1 - stage}`;
}

/** A node that takes a weight, or what is made of it, together with what depends on the image. */
interface Use {
  readonly node: OnnxNode;
  readonly input: number;
}

/** Where a weight meets what depends on the image, on its own ways through transpositions, sums with other weights … */
function uses(graph: Graph, weight: string): Use[] {
  const found: Use[] = [];
  const met = new Set<string>();
  const open = [weight];
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (met.has(tensor)) continue;
    met.add(tensor);
    for (const node of graph.consumers(tensor)) {
      const input = node.input.indexOf(tensor);
      if (NO_NUMBERS.has(node.opType) || (input > 0 && FIRST_ALONE.has(node.opType))) continue;
      if (graph.fedInputs(node).length > 0) found.push({ node, input });
      else open.push(...node.output);
    }
  }
  return found;
}

/** Whether a node shifts or scales the picture's colours before anything looks at it: that is preprocessing. */
function isOfPicture(graph: Graph, node: OnnxNode): boolean {
  const sources = graph.fedInputs(node).flatMap((tensor) => graph.sources(tensor, PICTURE));
  return ARITHMETIC.has(node.opType) && sources.every((tensor) => graph.producer(tensor) === undefined);
}

/** The stage in which a weight is used, 0 for the head; undefined where the scores do not depend on it. */
function stageFinder(graph: Graph, scores: string, attentions: readonly OnnxNode[]): (use: Use) => number | undefined {
  const depth = attentions.length;
  const before = attentionsBefore(graph, attentions);
  const all = graph.behind([scores]);
  const around = attentions.map((attention) => graph.behind([scores], attention));
  const inLast = graph.behind(graph.fedInputs(lastSum(graph, scores, attentions[depth - 1]!)));
  return ({ node, input }) => {
    const leads = (to: ReadonlySet<string>) => influenced(node, input).some((tensor) => to.has(tensor));
    if (!leads(all)) return undefined;
    // Of how many attentions the node has the results.
    const count = Math.max(...graph.fedInputs(node).map((tensor) => before.get(tensor) ?? 0));
    if (count < depth && (node === attentions[count] || !leads(around[count]!))) return depth - count;
    if (count === depth && !leads(inLast)) return 0;
    return depth + 1 - count;
  };
}

/** For each tensor the number of the last attention, counted from 1, that it has a result of. */
function attentionsBefore(graph: Graph, attentions: readonly OnnxNode[]): ReadonlyMap<string, number> {
  const numbers = new Map(attentions.map((node, i) => [node, i + 1]));
  const counts = new Map<string, number>();
  for (const node of graph.nodes) {
    const inputs = graph.fedInputs(node).map((tensor) => counts.get(tensor) ?? 0);
    const count = Math.max(0, numbers.get(node) ?? 0, ...inputs);
    for (const tensor of node.output) counts.set(tensor, count);
  }
  return counts;
}

/** The outputs that depend on an input. A norm that also puts out the sum that it normalises scales and shifts the former alone. */
function influenced(node: OnnxNode, input: number): readonly string[] {
  const isGain = (input === 2 && SUMMING_NORM.test(node.opType)) || (input === 3 && node.opType === "SkipLayerNormalization");
  return isGain ? node.output.slice(0, 1) : node.output;
}

const SUMMING_NORM = /^Skip(Simplified)?LayerNormalization$/;
