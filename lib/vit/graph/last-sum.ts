import type { Graph } from "../../onnx/graph.ts";
import type { OnnxNode } from "../../onnx/model.ts";

const SUMS = new Set(["Add", "SkipLayerNormalization", "SkipSimplifiedLayerNormalization"]);
/** What a head pools the tokens with where it attends to them. */
const ATTENDS = /Softmax|Attention/;

/**
 * Where the last block ends: the last sum x + f(x) through which everything passes on its way to the scores, before a head that
 * attends. An average of two heads is no such sum, and neither is one inside of an activation, which something goes around. Where
 * there is none, as without residuals, the last attention ends it.
 */
export function lastSum(graph: Graph, scores: string, lastAttention: OnnxNode): OnnxNode {
  const after = graph.nodes.slice(graph.nodes.indexOf(lastAttention) + 1);
  const end = after.findIndex(({ opType }) => ATTENDS.test(opType));
  const sums = (end < 0 ? after : after.slice(0, end)).filter((node) => isResidual(graph, node) && isNarrow(graph, scores, node));
  return sums.at(-1) ?? lastAttention;
}

/** Whether one of the summands is made of the other. */
function isResidual(graph: Graph, node: OnnxNode): boolean {
  const [a, b, ...others] = graph.fedInputs(node);
  if (!SUMS.has(node.opType) || b === undefined || others.length > 0) return false;
  const isMadeOf = (made: string, of: string) => {
    const behind = graph.behind([made]);
    return (graph.producer(of)?.output ?? [of]).some((tensor) => behind.has(tensor));
  };
  return isMadeOf(a!, b) || isMadeOf(b, a!);
}

/** Whether no way leads from the image to the scores but through this node. */
function isNarrow(graph: Graph, scores: string, node: OnnxNode): boolean {
  const around = graph.behind([scores], node);
  return !graph.inputs.some(({ name }) => around.has(name));
}
