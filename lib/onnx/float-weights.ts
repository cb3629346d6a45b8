import { create } from "@bufbuild/protobuf";
import { type OnnxModel, type OnnxNode, type OnnxTensor, withGraph } from "./model.ts";
import { AttributeProtoSchema, NodeProtoSchema } from "./onnx_pb.ts";
import { floatBytes, sizeOf } from "./tensor-bytes.ts";

/** The tensors of at least two floats that are written in the file, as initializers or as Constant nodes, by their names. */
export function floatWeights({ graph }: OnnxModel): ReadonlyMap<string, OnnxTensor> {
  const constants = graph.node.flatMap((node) => {
    const tensor = constantOf(node);
    return tensor ? [[node.output[0]!, tensor] as const] : [];
  });
  const initializers = graph.initializer.map((tensor) => [tensor.name, tensor] as const);
  const written = [...initializers, ...constants];
  return new Map(written.filter(([, tensor]) => floatBytes(tensor) !== undefined && sizeOf(tensor) > 1));
}

/** The same model with other tensors for those of these names. */
export function withWeights(model: OnnxModel, changed: ReadonlyMap<string, OnnxTensor>): OnnxModel {
  const initializer = model.graph.initializer.map((tensor) => changed.get(tensor.name) ?? tensor);
  const node = model.graph.node.map((each) => withConstant(each, changed.get(each.output[0]!)));
  return withGraph(model, { initializer, node });
}

function constantOf({ opType, attribute }: OnnxNode): OnnxTensor | undefined {
  return opType === "Constant" ? attribute.find(({ name }) => name === "value")?.t : undefined;
}

function withConstant(node: OnnxNode, t: OnnxTensor | undefined): OnnxNode {
  if (!t || node.opType !== "Constant") return node;
  const attribute = node.attribute.map((each) =>
    each.name === "value" ? Object.assign(create(AttributeProtoSchema), each, { t }) : each,
  );
  return Object.assign(create(NodeProtoSchema), node, { attribute });
}
