import { create } from "@bufbuild/protobuf";
import { CodedError } from "../../errors.ts";
import { Graph } from "../graph.ts";
import { type OnnxModel, type OnnxNode, opsetOf, withGraph } from "../model.ts";
import { ModelProtoSchema, OperatorSetIdProtoSchema } from "../onnx_pb.ts";
import { elementTypes, isFloat } from "./element-types.ts";
import { notDifferentiable, operatorOf, type Rule, type Rules } from "./rule.ts";
import { RULES } from "./rules.ts";
import { inferShapes } from "./shapes.ts";
import { Writer } from "./writer.ts";

export interface GradientRequest {
  /**
   * Where differentiation begins: for a tensor the name of another one of the same shape, ∂L/∂tensor. For one number of an output
   * that is 1 there and 0 elsewhere. The seeds may be inputs of the graph.
   */
  readonly seeds: ReadonlyMap<string, string>;
  /** The tensors with respect to which the result is differentiated: inputs of the graph, or what its nodes make. */
  readonly of: readonly string[];
  /** The rules by operator, where others than those of differentiation are wanted. */
  readonly rules?: Rules;
  /** Nodes through which nothing is to go, beside those that have no gradient. */
  readonly stops?: (node: OnnxNode, graph: Graph) => boolean;
}

export interface WithGradients {
  /** The model with the nodes appended; its outputs are those that it had. */
  readonly model: OnnxModel;
  /** For each tensor of `of` the name of its gradient, of the tensor's shape and type. */
  readonly gradients: ReadonlyMap<string, string>;
}

/** Operators of ONNX Runtime that the rules are written in belong to this set. */
const CONTRIBUTED = "com.microsoft";

/**
 * Reverse-mode differentiation as a graph transformation: appends the nodes that compute ∂L/∂t for the tensors asked for. Only what is
 * needed for them is written. No gradient goes through tensors of integers or truth values, nor through what an operator takes of a
 * tensor's shape.
 *
 * @throws CodedError MODEL_UNUSABLE where an operator on the way has no rule, by operator and node, or no way leads to a tensor
 */
export function appendGradients(
  model: OnnxModel,
  { seeds, of, rules = RULES, stops = () => false }: GradientRequest,
): WithGradients {
  const graph = new Graph(model);
  const typeOf = elementTypes(model);
  const missing = [...of, ...seeds.keys()].find((tensor) => !graph.has(tensor));
  if (missing !== undefined) throw new CodedError("MODEL_UNUSABLE", `the graph has no tensor "${missing}"`);
  const integer = of.find((tensor) => !isFloat(typeOf(tensor)));
  if (integer !== undefined)
    throw new CodedError("MODEL_UNUSABLE", `"${integer}" is a tensor of integers, which has no gradient`);
  const write = new Writer(graph, { typeOf, shapeOf: inferShapes(model), opset: opsetOf(model) });
  const isStop = (node: OnnxNode) => rules[operatorOf(node)] === "stop" || stops(node, graph);
  const dependent = dependents(graph, of, isStop, typeOf);
  const parts = new Map([...seeds].map(([tensor, seed]) => [tensor, [seed]]));
  const gradients = new Map<string, string>();
  const total = (tensor: string) => {
    const summands = parts.get(tensor);
    if (!summands) return undefined;
    const sum = gradients.get(tensor) ?? (summands.length === 1 ? summands[0] : write.op("Sum", summands));
    gradients.set(tensor, sum!);
    return sum;
  };
  for (const node of graph.nodes.toReversed()) {
    const found = node.output.map((tensor) => (dependent.has(tensor) ? total(tensor) : undefined));
    if (isStop(node)) continue;
    const needs = (input: number) => dependent.has(node.input[input]!) && isFloat(typeOf(node.input[input]!));
    const g = found.find((gradient) => gradient !== undefined);
    if (g === undefined || !node.input.some((_, i) => needs(i))) continue;
    const pulls = ruleOf(node, rules)({ node, graph, write, x: node.input, y: node.output[0]!, g, gradients: found, needs });
    node.input.forEach((tensor, i) => {
      if (!needs(i)) return;
      const pull = pulls[i];
      if (!pull) throw notDifferentiable(node, `there is no rule for its input "${tensor}"`);
      parts.set(tensor, [...(parts.get(tensor) ?? []), pull()]);
    });
  }
  return { model: appended(model, write), gradients: new Map(of.map((tensor) => [tensor, total(tensor) ?? unreached(tensor)])) };
}

/** All tensors that depend on some of these by ways that a gradient takes, these included. */
function dependents(
  graph: Graph,
  of: readonly string[],
  isStop: (node: OnnxNode) => boolean,
  typeOf: (tensor: string) => number,
): Set<string> {
  const dependent = new Set(of);
  for (const node of graph.nodes) {
    if (isStop(node) || !node.input.some((tensor) => dependent.has(tensor))) continue;
    for (const tensor of node.output) if (tensor !== "" && isFloat(typeOf(tensor))) dependent.add(tensor);
  }
  return dependent;
}

function ruleOf(node: OnnxNode, rules: Rules): Rule {
  const rule = rules[operatorOf(node)];
  if (rule === undefined || rule === "stop") throw notDifferentiable(node);
  return rule;
}

function unreached(tensor: string): never {
  throw new CodedError("MODEL_UNUSABLE", `the result does not depend on "${tensor}" by any way that can be differentiated`);
}

function appended(model: OnnxModel, { nodes, initializers }: Writer): OnnxModel {
  const { node, initializer } = model.graph;
  const changed = withGraph(model, { node: [...node, ...nodes], initializer: [...initializer, ...initializers] });
  if (model.opsetImport.some(({ domain }) => domain === CONTRIBUTED)) return changed;
  const contributed = create(OperatorSetIdProtoSchema, { domain: CONTRIBUTED, version: 1n });
  return Object.assign(create(ModelProtoSchema), changed, { opsetImport: [...model.opsetImport, contributed] });
}
