import { CodedError } from "../../errors.ts";
import type { Graph } from "../graph.ts";
import type { OnnxNode } from "../model.ts";
import type { AttributeProto } from "../onnx_pb.ts";
import type { Writer } from "./writer.ts";

/** A node to differentiate: y = f(x₀, x₁, …), and the gradients of its outputs. */
export interface Differentiated {
  readonly node: OnnxNode;
  readonly graph: Graph;
  readonly write: Writer;
  /** The node's inputs; "" where one is left out. */
  readonly x: readonly string[];
  /** Its first output. */
  readonly y: string;
  /** ∂L/∂y, of the first output that has one. */
  readonly g: string;
  /** The gradient of each output; undefined where the result does not depend on it. */
  readonly gradients: readonly (string | undefined)[];
  /** Whether ∂L/∂xᵢ is asked for. */
  readonly needs: (input: number) => boolean;
}

/** For each input how its gradient ∂L/∂xᵢ is written; called for those that are needed. None where an input has no gradient. */
export type Rule = (differentiated: Differentiated) => readonly ((() => string) | undefined)[];

/** By operator, those of other domains as `domain::Operator`. "stop" where an operator passes no gradient on. */
export type Rules = Readonly<Record<string, Rule | "stop">>;

/** An operator's name in the table of rules. */
export function operatorOf({ domain, opType }: OnnxNode): string {
  return domain === "" || domain === "ai.onnx" ? opType : `${domain}::${opType}`;
}

/** The refusal of a node that cannot be differentiated, by operator and name. */
export function notDifferentiable(node: OnnxNode, why = "there is no rule for it"): CodedError {
  const name = node.name === "" ? `that makes "${node.output.find((output) => output !== "")}"` : `"${node.name}"`;
  return new CodedError(
    "MODEL_UNUSABLE",
    `the operator ${operatorOf(node)} of the node ${name} cannot be differentiated: ${why}`,
  );
}

export function attribute(node: OnnxNode, name: string): AttributeProto | undefined {
  return node.attribute.find((each) => each.name === name);
}

/** The value of a node's FLOAT attribute. */
export function float(node: OnnxNode, name: string, standard: number): number {
  return attribute(node, name)?.f ?? standard;
}

/** What the epsilon of ONNX Runtime's norms of a sum is where none is written. */
export const SKIP_EPSILON = 1e-12;

/** The value of a node's STRING attribute. */
export function text(node: OnnxNode, name: string, standard: string): string {
  const found = attribute(node, name)?.s;
  return found ? new TextDecoder().decode(found) : standard;
}

/** Those of a node's attributes that have one of these names, to copy. */
export function copied(node: OnnxNode, names: readonly string[]): Record<string, AttributeProto> {
  return Object.fromEntries(node.attribute.filter(({ name }) => names.includes(name)).map((each) => [each.name, each]));
}
