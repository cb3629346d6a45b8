import { readableGraph } from "../../onnx/as-if-float.ts";
import type { Derivative } from "../../classifier/classifier.ts";
import { appendGradients } from "../../onnx/gradient/append-gradients.ts";
import { unfuse } from "../../onnx/gradient/unfuse.ts";
import type { Graph } from "../../onnx/graph.ts";
import { FLOAT32, floatTensor, node, type OnnxModel, type OnnxNode, UINT8, withGraph } from "../../onnx/model.ts";
import { isLogits, type OutputKind } from "../catalog/output-kind.ts";
import { unusable } from "../unusable.ts";
import { selfAttentions } from "./attention.ts";
import { UNCHANGED } from "./scores-output.ts";
import { ATTN_LRP } from "./attn-lrp-rules.ts";
import type { ClassifierGraph } from "./classifier-graph.ts";
import { imageHead } from "./image-input.ts";
import type { Manifest } from "../catalog/manifest.ts";
import { isGate, isNormStatistic, PARTIAL_RELEVANCE, RELEVANCE } from "./relevance-rules.ts";
import type { GradientRequest } from "../../onnx/gradient/append-gradients.ts";

/** A classifier's graph that also computes derivatives of its logits. */
export interface DerivativeGraph {
  readonly model: OnnxModel;
  /** The image, [B, 3, H, W], float32. */
  readonly image: string;
  /** The weight of every class in what is differentiated, [B, C]; undefined where nothing is. */
  readonly seed: string | undefined;
  /** For each derivative the outputs that hold it: one, or one a block. */
  readonly outputs: ReadonlyMap<Derivative, readonly string[]>;
}

/** Of which tensors each derivative is, and by which rules; none where it is a tensor itself. */
const KINDS: Readonly<
  Record<Derivative, { of: "image" | "embeddings" | "attention" | "last"; rules?: Partial<GradientRequest> }>
> = {
  "image-gradient": { of: "image", rules: {} },
  "image-attn-lrp": {
    of: "image",
    rules: { rules: ATTN_LRP, stops: (each, graph) => isGate(each, graph) || isDeviation(each, graph) },
  },
  "embeddings-gradient": { of: "embeddings", rules: {} },
  attention: { of: "attention" },
  "attention-gradient": { of: "attention", rules: {} },
  "last-attention-gradient": { of: "last", rules: {} },
  "attention-relevance": { of: "attention", rules: { rules: RELEVANCE, stops: isStop } },
  "last-attention-relevance": { of: "last", rules: { rules: PARTIAL_RELEVANCE, stops: isStop } },
};

/**
 * Appends the derivatives wanted to a classifier's graph. They are of the logits: where the graph ends in a softmax or a sigmoid, of
 * its input.
 *
 * @throws CodedError MODEL_UNUSABLE where the graph has no logits or attention probabilities, or cannot be differentiated
 */
export function graftDerivatives(
  given: OnnxModel,
  classifier: Pick<ClassifierGraph, "input" | "floatType" | "scores" | "embeddings">,
  { input, classes, output }: { input: Manifest["input"]; classes: number; output: OutputKind },
  wanted: readonly Derivative[],
): DerivativeGraph {
  const model = unfuse(given);
  const graph = readableGraph(model);
  const prefix = graph.freePrefix("derivatives/");
  const [image, seed] = [`${prefix}image`, `${prefix}seed`];
  const isSeeded = wanted.some((kind) => KINDS[kind].rules);
  // Whole numbers have no derivative: the graph is given the numbers as they are before they are rounded.
  const isWhole = classifier.input.type === UINT8;
  const head = imageHead(image, classifier.input, input, classifier.floatType);
  // As it always was where the graph takes what the image is: of the graph's own input.
  const isPlain = head.nodes.length === 1;
  const tensors = { ...tensorsOf(graph, classifier, wanted), image: [isPlain ? classifier.input.name : image] };
  const logits = isSeeded ? logitsOf(graph, classifier.scores, output) : "";
  const seedNodes = [
    node("Shape", [logits], [`${prefix}logits/shape`]),
    node("Cast", [seed], [`${prefix}seed/typed`], { to: classifier.floatType }),
    node("Reshape", [`${prefix}seed/typed`, `${prefix}logits/shape`], [`${prefix}seed/shaped`]),
  ];
  const headed = withGraph(model, {
    input: [
      floatTensor(image, [`${prefix}images`, 3, input.height, input.width]),
      ...(isSeeded ? [floatTensor(seed, [`${prefix}images`, classes])] : []),
      ...model.graph.input.filter(({ name }) => name !== classifier.input.name),
    ],
    node: [...head.nodes, ...model.graph.node, ...(isSeeded ? seedNodes : [])],
    initializer: [...model.graph.initializer, ...head.constants],
    valueInfo: [...model.graph.valueInfo, ...model.graph.input.filter(({ name }) => name === classifier.input.name && !isWhole)],
  });
  let appended = headed;
  const outputs = new Map<Derivative, string[]>();
  const casts: OnnxNode[] = [];
  for (const kind of wanted) {
    const { of, rules } = KINDS[kind];
    let found: readonly string[] = tensors[of];
    if (rules) {
      const seeds = new Map([[logits, `${prefix}seed/shaped`]]);
      const differentiated = appendGradients(appended, { ...rules, seeds, of: found });
      appended = differentiated.model;
      found = found.map((tensor) => differentiated.gradients.get(tensor)!);
    }
    const names = found.map((_, i) => `${prefix}${kind}/${i}`);
    casts.push(...found.map((tensor, i) => node("Cast", [tensor], [names[i]!], { to: FLOAT32 })));
    outputs.set(kind, names);
  }
  const shown = [...outputs.values()].flat().map((name) => floatTensor(name));
  const ready = withGraph(appended, { node: [...appended.graph.node, ...casts], output: shown });
  return { model: ready, image, seed: isSeeded ? seed : undefined, outputs };
}

/** The attention probabilities of every block, found by the graph's shape, and the other tensors by name. */
function tensorsOf(graph: Graph, { embeddings }: Pick<ClassifierGraph, "embeddings">, wanted: readonly Derivative[]) {
  const isAttention = wanted.some((kind) => KINDS[kind].of === "attention" || KINDS[kind].of === "last");
  const attention = isAttention ? attentionProbabilities(graph) : [];
  return { embeddings: [embeddings], attention, last: attention.slice(-1) };
}

/**
 * The tensors of the attention probabilities, a block each, in their order.
 *
 * @throws CodedError MODEL_UNUSABLE where there are none, or an operator keeps them to itself
 */
export function attentionProbabilities(graph: Graph): string[] {
  const attentions = selfAttentions(graph);
  if (attentions.length === 0) throw unusable("the graph has no self-attention whose probabilities could be read");
  return attentions.map(({ name, output }) => {
    const fused = graph.producer(name);
    if (name === output && fused) {
      throw unusable(
        `the operator ${fused.opType} of the attention "${name}" keeps its probabilities to itself; export the model without fused attention`,
      );
    }
    return name;
  });
}

const PROBABILITIES = new Set(["Softmax", "Sigmoid"]);

/** The logits behind a classifier's scores. */
function logitsOf(graph: Graph, scores: string, output: OutputKind): string {
  const [source, ...others] = graph.sources(scores, UNCHANGED);
  const maker = source === undefined || others.length > 0 ? undefined : graph.producer(source);
  if (maker && PROBABILITIES.has(maker.opType)) return maker.input[0]!;
  if (isLogits(output)) return scores;
  throw unusable(
    `no logits to differentiate: its probabilities "${scores}" are made by ${maker?.opType ?? "several operators"}, not by a softmax or sigmoid`,
  );
}

const STATISTICS = new Set(["Add", "Sqrt", "Reciprocal", "Pow", "Cast"]);

/** Whether a node is the square root of a norm that is written out. */
function isDeviation(each: OnnxNode, graph: Graph): boolean {
  if (each.opType !== "Sqrt") return false;
  return graph.sources(each.input[0]!, STATISTICS).every((tensor) => {
    const maker = graph.producer(tensor);
    return maker !== undefined && isNormStatistic(maker, graph);
  });
}

function isStop(each: OnnxNode, graph: Graph): boolean {
  return isGate(each, graph) || isNormStatistic(each, graph);
}
