import { declaredShape, declaredType, type Graph } from "../../onnx/graph.ts";
import { FLOAT16, FLOAT32 } from "../../onnx/model.ts";
import type { OutputKind } from "../output-kind.ts";
import { notImages, unusable } from "../unusable.ts";

/** The scores among a graph's outputs. */
export interface ScoresOutput {
  readonly name: string;
  /** C, `null` where the file does not say it. */
  readonly classes: number | null;
  /** What makes them: a softmax, a sigmoid, or neither; undefined where arithmetic follows, so that it cannot be told. */
  readonly kind: OutputKind | undefined;
  /** Whether they are [batch, C]; else [batch] of one score, or with further axes of length 1. */
  readonly isMatrix: boolean;
}

/** Outputs that are read off a network before its head, as exporters name them. */
const EMBEDDING = /embed|hidden_state|pooler|feature/i;

/**
 * The output of an image classifier: of as many scores as there are labels, where that is known.
 *
 * @throws CodedError MODEL_UNUSABLE where no output has the shape of scores
 */
export function scoresOutput(graph: Graph, labels?: number): ScoresOutput {
  const all = graph.outputs.map((info) => ({ name: info.name, type: declaredType(info), shape: declaredShape(info) }));
  const numbers = all.filter(({ type }) => type === undefined || type === 0 || type === FLOAT32 || type === FLOAT16);
  const scores = numbers.filter(({ name }) => !EMBEDDING.test(name) || labels !== undefined);
  if (scores.length === 0 && numbers.length > 0) {
    throw unusable(
      `its output "${numbers[0]!.name}" is an embedding of the image, not scores of classes; export the model with its classification head`,
    );
  }
  if (numbers.length === 0) {
    throw unusable(
      `its output "${all[0]?.name}" is not a score for each class, but the number of one; export the model without argmax`,
    );
  }
  const read = scores.map(({ name, shape }) => ({ name, shape, classes: classesOf(shape) }));
  const found =
    read.find(({ classes, shape }) => shape?.length === 2 && (labels === undefined ? classes! > 1 : classes === labels)) ??
    read.find(({ classes }) => (labels === undefined ? classes! > 1 : classes === labels)) ??
    read.find(({ classes, shape }) => shape?.length === 2 && classes === null) ??
    read.find(({ shape }) => shape === undefined) ??
    read.find(({ classes }) => classes === null || (classes === 1 && labels === undefined));
  if (found === undefined) {
    const got = all.map(({ name, shape }) => `${name} [${(shape ?? []).map((size) => size ?? "any").join(", ")}]`).join(", ");
    const wanted = labels === undefined ? "[any, classes]" : `[any, ${labels}], as many as there are labels`;
    throw (labels === undefined ? notImages : unusable)(`expected an output ${wanted}, got ${got}`);
  }
  const { name, classes = null, shape } = found;
  return { name, classes, kind: kindOf(graph, name, classes), isMatrix: shape === undefined || shape.length === 2 };
}

/** C of scores of these sizes; null where it is free, undefined where they are no scores, or their sizes are not declared. */
function classesOf(shape: readonly (number | null)[] | undefined): number | null | undefined {
  if (shape === undefined || shape.length === 0) return undefined;
  const [size = 1, ...others] = shape.slice(1).filter((length) => length !== 1);
  return others.length === 0 ? size : undefined;
}

/** What does not change scores, and what changes them by numbers that do not depend on the image. */
const UNCHANGED = new Set("Cast Identity Reshape Squeeze Unsqueeze Flatten Dropout".split(" "));
const ARITHMETIC = new Set("Add Sub Mul Div Pow Sqrt Neg Clip Max Min Round".split(" "));

function kindOf(graph: Graph, output: string, classes: number | null): OutputKind | undefined {
  let isChanged = false;
  // A damaged graph may go round in circles.
  const met = new Set<unknown>();
  for (let maker = graph.producer(output); maker && !met.has(maker);) {
    met.add(maker);
    if (maker.opType === "Softmax") return isChanged ? undefined : "probabilities";
    if (maker.opType === "Sigmoid" || maker.opType === "HardSigmoid") return isChanged ? undefined : "multi-label-probabilities";
    const [fed, ...others] = graph.fedInputs(maker);
    if (fed === undefined || others.length > 0 || !(UNCHANGED.has(maker.opType) || ARITHMETIC.has(maker.opType))) break;
    isChanged ||= ARITHMETIC.has(maker.opType);
    maker = graph.producer(fed);
  }
  return classes === 1 ? "multi-label-logits" : "logits";
}
