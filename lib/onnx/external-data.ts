import { create } from "@bufbuild/protobuf";
import { withGraph } from "./model.ts";
import type { OnnxModel } from "./model.ts";
import { StringStringEntryProtoSchema, TensorProtoSchema } from "./onnx_pb.ts";

const LOCATION = "location";

/** Files that hold weights of the model, as the model names them: relative to its own file. */
export function externalFiles({ graph }: OnnxModel): string[] {
  const entries = graph.initializer.flatMap(({ externalData }) => externalData);
  return [...new Set(entries.filter(({ key }) => key === LOCATION).map(({ value }) => value))];
}

/** The same model with other names for these files. */
export function withExternalFiles(model: OnnxModel, names: ReadonlyMap<string, string>): OnnxModel {
  const initializer = model.graph.initializer.map((tensor) => {
    if (tensor.externalData.length === 0) return tensor;
    const externalData = tensor.externalData.map(({ key, value }) =>
      create(StringStringEntryProtoSchema, { key, value: key === LOCATION ? (names.get(value) ?? value) : value }),
    );
    return Object.assign(create(TensorProtoSchema), tensor, { externalData });
  });
  return withGraph(model, { initializer });
}
