import type { CodedError } from "../../errors.ts";
import { declaredShape, declaredType, type Graph } from "../../onnx/graph.ts";
import { FLOAT16, FLOAT32, node, type OnnxNode } from "../../onnx/model.ts";
import type { OutputKind } from "../catalog/output-kind.ts";
import { notImages, unusable } from "../unusable.ts";

/** The scores among a graph's outputs. */
export interface ScoresOutput {
  readonly name: string;
  /** C, `null` where the file does not say it. */
  readonly classes: number | null;
  /** What makes them: a softmax, a sigmoid, or neither; undefined where arithmetic follows, or is all there is, so that it cannot be told. */
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
    const embedding = numbers.find(({ name }) => EMBEDDING.test(name));
    if (embedding && numbers.every(({ name }) => EMBEDDING.test(name))) throw isEmbedding(embedding.name);
    const got = all.map(({ name, shape }) => `${name} [${(shape ?? []).map((size) => size ?? "any").join(", ")}]`).join(", ");
    const wanted = labels === undefined ? "[any, classes]" : `[any, ${labels}], as many as there are labels`;
    throw (labels === undefined ? notImages : unusable)(`expected an output ${wanted}, got ${got}`);
  }
  const { name, classes = null, shape } = found;
  return { name, classes, kind: kindOf(graph, name, classes), isMatrix: shape === undefined || shape.length === 2 };
}

/** Nodes that make a float32 matrix [batch, C] of a graph's scores. */
export function scoresMatrix({ name, isMatrix }: Pick<ScoresOutput, "name" | "isMatrix">, to: string): OnnxNode[] {
  if (isMatrix) return [node("Cast", [name], [to], { to: FLOAT32 })];
  return [node("Cast", [name], [`${to}/typed`], { to: FLOAT32 }), node("Flatten", [`${to}/typed`], [to], { axis: 1 })];
}

/** The refusal of an encoder of images, as CLIP's. */
export function isEmbedding(output: string, how = ""): CodedError {
  return unusable(
    `its output "${output}" is an embedding of the image${how}, not scores of classes; export the model with its classification head`,
  );
}

/** C of scores of these sizes; null where it is free, undefined where they are no scores, or their sizes are not declared. */
function classesOf(shape: readonly (number | null)[] | undefined): number | null | undefined {
  if (shape === undefined || shape.length === 0) return undefined;
  const [size = 1, ...others] = shape.slice(1).filter((length) => length !== 1);
  return others.length === 0 ? size : undefined;
}

/** What does not change scores, or keeps them off 0 and 1 alone, as Clip does for a logarithm. */
export const UNCHANGED: ReadonlySet<string> = new Set("Cast Identity Reshape Squeeze Unsqueeze Flatten Dropout Clip".split(" "));
/** What may follow probabilities and make something else of them, up to where a matrix is multiplied. */
const ARITHMETIC = new Set([
  ...UNCHANGED,
  ...(
    "Add Sub Mul Div Pow Sqrt Neg Reciprocal Log Max Min Sum Mean Round Where Concat Slice Gather Split Transpose Pad " +
    "ReduceSum ReduceMean ReduceMax ReduceMin AveragePool GlobalAveragePool GlobalMaxPool"
  ).split(" "),
]);
const PROBABILITIES: Readonly<Record<string, OutputKind>> = {
  Softmax: "probabilities",
  Sigmoid: "multi-label-probabilities",
  HardSigmoid: "multi-label-probabilities",
};
/** What a softmax or a sigmoid is made of, where it is written out. */
const PARTS = new Set(["Exp", "Tanh", "Erf"]);
/** What makes one class, or true and false, of scores. */
const DECISIONS = new Set("ArgMax ArgMin TopK OneHot Greater GreaterOrEqual Less LessOrEqual Equal Not And Or Sign".split(" "));

/** @throws CodedError MODEL_UNUSABLE where the output is a decision and no score */
function kindOf(graph: Graph, output: string, classes: number | null): OutputKind | undefined {
  const makers = (through: ReadonlySet<string>) =>
    graph.sources(output, through).map((tensor) => graph.producer(tensor)?.opType ?? "");
  const [last = "", ...others] = makers(UNCHANGED);
  const kind = others.length === 0 ? PROBABILITIES[last] : undefined;
  if (kind) return kind;
  const behind = makers(ARITHMETIC);
  const decision = behind.find((operator) => DECISIONS.has(operator));
  if (decision !== undefined) {
    throw unusable(
      `its output "${output}" is made by ${decision}: a decision, and not a score for each class; export the model without it`,
    );
  }
  if (behind.some((operator) => operator in PROBABILITIES || PARTS.has(operator))) return undefined;
  return classes === 1 ? "multi-label-logits" : "logits";
}
