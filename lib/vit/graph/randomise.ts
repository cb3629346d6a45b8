import { resolve } from "node:path";
import { floatWeights, withWeights } from "../../onnx/float-weights.ts";
import { Graph } from "../../onnx/graph.ts";
import { readModelFile } from "../../onnx/model-file.ts";
import type { OnnxModel, OnnxTensor } from "../../onnx/model.ts";
import { floatBytes, readFloats, sizeOf, withFloats } from "../../onnx/tensor-bytes.ts";
import { type Generator, sfc32, uniform } from "../../tensor/random.ts";
import { firstStream } from "../../tensor/streams.ts";
import type { InstalledModel } from "../catalog/catalog.ts";
import { scoresOutput } from "./scores-output.ts";
import { type Stage, stagesOf } from "./stages.ts";

/**
 * The stages of a model, from its scores back to the image: see `stagesOf`.
 *
 * @throws CodedError MODEL_UNUSABLE where the file cannot be read, or its stages are not known
 */
export async function readStages({ manifest, folder }: InstalledModel): Promise<readonly Stage[]> {
  return stagesOfModel(await readModelFile(resolve(folder, manifest.file)), manifest.labels.length);
}

/** The same of a model that is read already, and has so many classes. */
export function stagesOfModel(model: OnnxModel, classes: number): readonly Stage[] {
  const graph = new Graph(model);
  const candidates = [...floatWeights(model)].map(([tensor, weight]) => ({ tensor, size: sizeOf(weight) }));
  return stagesOf(graph, scoresOutput(graph, classes).name, candidates);
}

/**
 * The same model with these of its weights randomised: the numbers of each are put in a random order, all of the tensor's together,
 * a pure function of the seed and the weight. Numbers in another order are as large and as many of a kind as before, so activations
 * stay as finite as they were, also in half precision, and no initialisation has to be guessed; nothing that was learned is left but
 * the tensor's histogram. The weights of a file that is larger than 2 GB do not fit into one.
 *
 * @param folder where external data lie
 */
export async function randomise(
  model: OnnxModel,
  weights: ReadonlySet<string>,
  seed: number,
  folder: string,
): Promise<OnnxModel> {
  const changed = new Map<string, OnnxTensor>();
  let stream = firstStream.weights;
  for (const [name, tensor] of floatWeights(model)) {
    stream++;
    if (weights.has(name)) changed.set(name, await shuffled(tensor, sfc32(seed, stream), folder));
  }
  return withWeights(model, changed);
}

async function shuffled(tensor: OnnxTensor, state: Generator, folder: string): Promise<OnnxTensor> {
  const bytes = await readFloats(tensor, folder);
  const numbers = floatBytes(tensor) === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
  if (tensor.dims.length > 1 && isMask(numbers)) return tensor;
  // Fisher and Yates'.
  for (let i = numbers.length - 1; i > 0; i--) {
    const j = Math.floor(uniform(state) * (i + 1));
    const drawn = numbers[j];
    numbers[j] = numbers[i]!;
    numbers[i] = drawn!;
  }
  return withFloats(tensor, bytes);
}

/** Whether there is nothing but zeros and one other number, as in the mask of a shifted window: 0 and −100, or −∞. */
function isMask(numbers: Uint16Array | Uint32Array): boolean {
  const other = numbers.find((each) => each !== 0);
  return numbers.every((each) => each === 0 || each === other);
}
