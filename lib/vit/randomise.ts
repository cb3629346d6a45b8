import { resolve } from "node:path";
import { create } from "@bufbuild/protobuf";
import { Graph } from "../onnx/graph.ts";
import { readModelFile } from "../onnx/model-file.ts";
import { type OnnxModel, type OnnxNode, withGraph } from "../onnx/model.ts";
import { AttributeProtoSchema, NodeProtoSchema, type TensorProto } from "../onnx/onnx_pb.ts";
import { floatBytes, readFloats, sizeOf, withFloats } from "../onnx/tensor-bytes.ts";
import { type Generator, sfc32, uniform } from "../tensor/random.ts";
import type { InstalledModel } from "./catalog.ts";
import { scoresOutput } from "./classifier-graph.ts";
import { type Stage, stagesOf } from "./stages.ts";

/** Keeps the streams of the weights apart from those of the noise of a method with the same seed. */
const FIRST_STREAM = 2 ** 29;

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
  const candidates = [...floats(model)].map(([tensor, weight]) => ({ tensor, size: sizeOf(weight) }));
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
  const changed = new Map<string, TensorProto>();
  let stream = FIRST_STREAM;
  for (const [name, tensor] of floats(model)) {
    stream++;
    if (weights.has(name)) changed.set(name, await shuffled(tensor, sfc32(seed, stream), folder));
  }
  const initializer = model.graph.initializer.map((tensor) => changed.get(tensor.name) ?? tensor);
  const node = model.graph.node.map((each) => withConstant(each, changed.get(each.output[0])));
  return withGraph(model, { initializer, node });
}

/** The tensors of at least two floats that are written in the file, as initializers or as Constant nodes, by their names. */
function floats({ graph }: OnnxModel): ReadonlyMap<string, TensorProto> {
  const constants = graph.node.flatMap((node) => {
    const tensor = constantOf(node);
    return tensor ? [[node.output[0], tensor] as const] : [];
  });
  const initializers = graph.initializer.map((tensor) => [tensor.name, tensor] as const);
  const written = [...initializers, ...constants];
  return new Map(written.filter(([, tensor]) => floatBytes(tensor) !== undefined && sizeOf(tensor) > 1));
}

async function shuffled(tensor: TensorProto, state: Generator, folder: string): Promise<TensorProto> {
  const bytes = await readFloats(tensor, folder);
  const numbers = floatBytes(tensor) === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
  if (tensor.dims.length > 1 && isMask(numbers)) return tensor;
  // Fisher and Yates'.
  for (let i = numbers.length - 1; i > 0; i--) {
    const j = Math.floor(uniform(state) * (i + 1));
    const drawn = numbers[j];
    numbers[j] = numbers[i];
    numbers[i] = drawn;
  }
  return withFloats(tensor, bytes);
}

/** Whether there is nothing but zeros and one other number, as in the mask of a shifted window: 0 and −100, or −∞. */
function isMask(numbers: Uint16Array | Uint32Array): boolean {
  const other = numbers.find((each) => each !== 0);
  return numbers.every((each) => each === 0 || each === other);
}

function constantOf({ opType, attribute }: OnnxNode): TensorProto | undefined {
  return opType === "Constant" ? attribute.find(({ name }) => name === "value")?.t : undefined;
}

function withConstant(node: OnnxNode, t: TensorProto | undefined): OnnxNode {
  if (!t || node.opType !== "Constant") return node;
  const attribute = node.attribute.map((each) =>
    each.name === "value" ? Object.assign(create(AttributeProtoSchema), each, { t }) : each,
  );
  return Object.assign(create(NodeProtoSchema), node, { attribute });
}
