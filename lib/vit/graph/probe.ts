import { hasBatchScales, readableGraph } from "../../onnx/as-if-float.ts";
import { FLOAT32, floatTensor, int64Vector, node, withGraph } from "../../onnx/model.ts";
import type { OnnxModel, OnnxNode } from "../../onnx/model.ts";
import { readClassifier } from "./classifier-graph.ts";
import type { ClassifierGraph } from "./classifier-graph.ts";
import { imageHead } from "./image-input.ts";
import { scoresMatrix } from "./scores-output.ts";
import type { Manifest } from "../catalog/manifest.ts";
import type { OutputKind } from "../catalog/output-kind.ts";

/** A classifier's graph with a head that composes variants of an image and a tail that shows the patch embeddings. */
export interface Probe {
  readonly model: OnnxModel;
  readonly names: ProbeNames;
  /** Whether the graph takes one variant a pass and no more, or those of one pass would change each other's answers. */
  readonly single: boolean;
}

/** The names of the probe's inputs and outputs. */
export type ProbeNames = Readonly<Record<"image" | "keep" | "gate" | "fill" | "probabilities" | "embeddings", string>>;

/**
 * Grafts the probe onto a classifier, so that small grids go in and scores come out:
 *
 *     input = image · up(keep) + fill · up(gate)      image [1,3,H,W]   keep [B|1,1,a,b]   gate [B|1,1,c,d]   fill [B|1,3,H,W]
 *     outputs: probabilities [B,C], embeddings as the graph lays them out ([B,tokens,D] or [B,h,w,D]), both float32
 *
 * `up` is bilinear with half-pixel centres and clamped edges, as torch's interpolate with align_corners=False. The sum, in the
 * form that the classifier's input has (`imageHead`), takes that input's name, so nothing of the classifier's changes its name.
 *
 * @throws CodedError MODEL_UNUSABLE where the model and its manifest disagree or the graph cannot be asked this way
 */
export function graftProbe(model: OnnxModel, manifest: Manifest): Probe {
  const graph = readableGraph(model);
  const classifier = readClassifier(graph, manifest);
  // Its author may have called a tensor `keep`, or grafted a probe before.
  const prefix = graph.freePrefix("vitcx/");
  const names: ProbeNames = {
    image: `${prefix}image`,
    keep: `${prefix}keep`,
    gate: `${prefix}gate`,
    fill: `${prefix}fill`,
    probabilities: `${prefix}probabilities`,
    embeddings: `${prefix}embeddings`,
  };
  const { height, width } = manifest.input;
  const { input, initializer } = model.graph;
  const { nodes, constants } = imageHead(`${prefix}variant`, classifier.input, manifest.input);
  const grafted = withGraph(model, {
    input: [
      floatTensor(names.image, [1, 3, height, width]),
      floatTensor(names.keep, ["keeps", 1, "keep_rows", "keep_columns"].map(prefixed(prefix))),
      floatTensor(names.gate, ["gates", 1, "gate_rows", "gate_columns"].map(prefixed(prefix))),
      floatTensor(names.fill, [`${prefix}fills`, 3, height, width]),
      ...input.filter(({ name }) => name !== classifier.input.name),
    ],
    output: [floatTensor(names.probabilities, [`${prefix}variants`, manifest.labels.length]), floatTensor(names.embeddings)],
    node: [...head(names, prefix), ...nodes, ...model.graph.node, ...tail(names, prefix, classifier, manifest)],
    // With the shape that it had as an input, ONNX Runtime optimises the graph as it would without the probe.
    valueInfo: [...model.graph.valueInfo, ...model.graph.input.filter(({ name }) => name === classifier.input.name)],
    initializer: [
      ...initializer,
      ...constants,
      int64Vector(`${prefix}first`, [0]),
      int64Vector(`${prefix}size`, [1, height, width]),
    ],
  });
  return { model: grafted, names, single: classifier.input.single || hasBatchScales(model) };
}

/** image · up(keep) + fill · up(gate) */
function head(names: ProbeNames, prefix: string): OnnxNode[] {
  return [
    ...upsample(names.keep, prefix),
    ...upsample(names.gate, prefix),
    node("Mul", [names.image, `${names.keep}/up`], [`${prefix}kept`]),
    node("Mul", [names.fill, `${names.gate}/up`], [`${prefix}filled`]),
    node("Add", [`${prefix}kept`, `${prefix}filled`], [`${prefix}variant`]),
  ];
}

/** [N,1,a,b] → [N,1,H,W] for any N, which Resize wants in its `sizes`. */
function upsample(grid: string, prefix: string): OnnxNode[] {
  return [
    node("Shape", [grid], [`${grid}/shape`]),
    node("Gather", [`${grid}/shape`, `${prefix}first`], [`${grid}/count`]),
    node("Concat", [`${grid}/count`, `${prefix}size`], [`${grid}/sizes`], { axis: 0 }),
    node("Resize", [grid, "", "", `${grid}/sizes`], [`${grid}/up`], {
      mode: "linear",
      coordinate_transformation_mode: "half_pixel",
    }),
  ];
}

/** The scores as probabilities, and the patch embeddings; both may be half precision in the graph. */
function tail(names: ProbeNames, prefix: string, classifier: ClassifierGraph, { output }: Manifest): OnnxNode[] {
  const scores = `${prefix}scores`;
  return [
    node("Cast", [classifier.embeddings], [names.embeddings], { to: FLOAT32 }),
    ...scoresMatrix({ name: classifier.scores, isMatrix: classifier.isMatrix }, scores),
    toProbabilities[output](scores, names.probabilities),
  ];
}

const toProbabilities: Record<OutputKind, (scores: string, probabilities: string) => OnnxNode> = {
  logits: (scores, probabilities) => node("Softmax", [scores], [probabilities], { axis: -1 }),
  "multi-label-logits": (scores, probabilities) => node("Sigmoid", [scores], [probabilities]),
  probabilities: (scores, probabilities) => node("Identity", [scores], [probabilities]),
  "multi-label-probabilities": (scores, probabilities) => node("Identity", [scores], [probabilities]),
};

function prefixed(prefix: string) {
  return (size: number | string) => (typeof size === "string" ? prefix + size : size);
}
