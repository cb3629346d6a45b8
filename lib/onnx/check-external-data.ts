import { CodedError } from "../errors.ts";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto } from "./onnx_pb.ts";
import { leadsDown } from "./leads-down.ts";

const LOCATION = "location";
const EXTERNAL = 1;

/**
 * Refuses what would have ONNX Runtime read files that are none of the model's: external data are allowed in the initializers of
 * the main graph alone, where they are checked and looked up, and their paths lead down from the model's own folder.
 *
 * @throws CodedError MODEL_UNUSABLE
 */
export function checkExternalData(model: ModelProto): void {
  for (const tensor of model.graph?.initializer ?? []) {
    const path = locations(tensor).find((location) => !leadsDown(location));
    if (path !== undefined) {
      throw unusable(`the weight "${tensor.name}" lies in "${path}"; expected a relative path inside the model's folder`);
    }
  }
  for (const tensor of innerTensors(model)) {
    if (tensor.dataLocation === EXTERNAL || tensor.externalData.length > 0) {
      const where = `expected external data in the main graph's initializers alone, got some in "${tensor.name}"`;
      throw unusable(
        `${where}, a tensor of a subgraph, an attribute, a function or of sparse weights; save the model in one file`,
      );
    }
  }
}

function locations({ externalData }: TensorProto): string[] {
  return externalData.filter(({ key }) => key === LOCATION).map(({ value }) => value);
}

/** Every tensor of a file but the main graph's initializers, at any depth. */
function* innerTensors({ graph, functions, trainingInfo }: ModelProto): Generator<TensorProto> {
  const open: Inner[] = [
    ...(graph ? [{ graph, skip: true }] : []),
    ...trainingInfo.flatMap(({ initialization, algorithm }) => [initialization, algorithm].map((each) => ({ graph: each }))),
    ...functions.flatMap(({ node, attributeProto }) => [{ nodes: node }, { attributes: attributeProto }]),
  ];
  for (let next = open.pop(); next; next = open.pop()) {
    const attributes = [
      ...(next.attributes ?? []),
      ...(next.nodes ?? next.graph?.node ?? []).flatMap(({ attribute }) => attribute),
    ];
    if (!next.skip) yield* next.graph?.initializer ?? [];
    yield* (next.graph?.sparseInitializer ?? []).flatMap(partsOf);
    for (const { t, tensors, sparseTensor, sparseTensors, g, graphs } of attributes) {
      yield* [...(t ? [t] : []), ...tensors, ...[...(sparseTensor ? [sparseTensor] : []), ...sparseTensors].flatMap(partsOf)];
      open.push(...[...(g ? [g] : []), ...graphs].map((each) => ({ graph: each })));
    }
  }
}

interface Inner {
  readonly graph?: GraphProto | undefined;
  readonly nodes?: readonly NodeProto[];
  readonly attributes?: readonly AttributeProto[];
  /** The main graph, whose initializers may be external. */
  readonly skip?: boolean;
}

function partsOf({ values, indices }: SparseTensorProto): TensorProto[] {
  return [values, indices].filter((tensor) => tensor !== undefined);
}

function unusable(sentence: string): CodedError {
  return new CodedError("MODEL_UNUSABLE", sentence);
}
