import { readableGraph } from "../../onnx/as-if-float.ts";
import { dirname, resolve } from "node:path";
import { readModelFile } from "../../onnx/model-file.ts";
import { FLOAT32, floatTensor, node, withGraph } from "../../onnx/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { InstalledModel } from "../catalog/catalog.ts";
import { asGraphTakes, imageInput } from "../graph/image-input.ts";
import { scoresOutput } from "../graph/scores-output.ts";
import type { OutputKind } from "../catalog/output-kind.ts";
import { Session } from "./session.ts";
import type { SessionOptions } from "./session.ts";

/**
 * What the model says of an image [3, H, W] without the probe: the probabilities [C] that its own graph, as its file has it,
 * gives or that the softmax or sigmoid makes of its logits.
 *
 * @throws CodedError MODEL_UNUSABLE where the graph cannot be run
 */
export async function originalProbabilities(
  { manifest, folder }: InstalledModel,
  image: Tensor,
  options: SessionOptions = {},
): Promise<Float32Array> {
  const file = resolve(folder, manifest.file);
  const model = await readModelFile(file);
  const graph = readableGraph(model);
  const input = imageInput(graph, manifest.input);
  const taken = asGraphTakes(image, input, manifest.input);
  const scores = scoresOutput(graph, manifest.labels.length);
  // Half precision is all that is changed: the numbers that go in and come out are float32.
  const original = withGraph(model, {
    input: [floatTensor("vitcx/image", [input.single ? 1 : "vitcx/batch", ...taken.shape.slice(1)])],
    output: [floatTensor("vitcx/scores")],
    node: [
      node("Cast", ["vitcx/image"], [input.name], { to: input.type }),
      ...model.graph.node,
      node("Cast", [scores.name], ["vitcx/scores"], { to: FLOAT32 }),
    ],
  });
  await using session = await Session.open(original, dirname(file), options);
  const feeds = { "vitcx/image": taken };
  const answers = await session.run(feeds, ["vitcx/scores"]);
  const { data } = answers["vitcx/scores"];
  return probabilitiesOf[manifest.output](data);
}

const probabilitiesOf: Record<OutputKind, (scores: Float32Array) => Float32Array> = {
  logits: softmax,
  "multi-label-logits": (logits) => logits.map((logit) => 1 / (1 + Math.exp(-logit))),
  probabilities: (scores) => scores,
  "multi-label-probabilities": (scores) => scores,
};

function softmax(logits: Float32Array): Float32Array {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const exponentials = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((a, b) => a + b);
  return Float32Array.from(exponentials, (exponential) => exponential / sum);
}
