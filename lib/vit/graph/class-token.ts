import { integer } from "../../onnx/graph.ts";
import type { Graph } from "../../onnx/graph.ts";
import type { OnnxNode } from "../../onnx/model.ts";
import { selfAttentions } from "./attention.ts";

/**
 * Whether the head of a classifier reads the first token alone: after the last attention, the way to the scores leads through a node
 * that takes index 0, or a slice from 0, of the axis of the tokens, and through no mean over tokens beside it.
 */
export function hasClassToken(graph: Graph, scores: string): boolean {
  const last = selfAttentions(graph).at(-1);
  if (!last) return false;
  const onTheWay = graph.behind([scores], graph.producer(last.output));
  const after = graph.nodes.slice(graph.nodes.indexOf(graph.producer(last.output)!) + 1);
  return after.some((node) => node.output.some((tensor) => onTheWay.has(tensor)) && takesFirst(graph, node));
}

function takesFirst(graph: Graph, node: OnnxNode): boolean {
  const [tensor, first = "", ends = "", axes = ""] = node.input;
  if (tensor === undefined || !graph.fedInputs(node).includes(tensor)) return false;
  if (node.opType === "Gather") return isTokenAxis(integer(node, "axis") ?? 0) && isFirst(graph.weightIntegers(first));
  if (node.opType !== "Slice") return false;
  const axis = graph.weightIntegers(axes);
  const end = graph.weightIntegers(ends);
  return axis?.length === 1 && isTokenAxis(axis[0]!) && isFirst(graph.weightIntegers(first)) && end?.[0] === 1;
}

/** Tokens lie on the second axis, or on the first where batches lie on the second. */
function isTokenAxis(axis: number): boolean {
  return axis === 0 || axis === 1 || axis === -2;
}

function isFirst(indices: readonly number[] | undefined): boolean {
  return indices?.length === 1 && indices[0] === 0;
}
