import { fromBinary } from "@bufbuild/protobuf";
import { checkModel, type OnnxModel } from "../../lib/onnx/model.ts";
import { upgradeOpset } from "../../lib/onnx/upgrade-opset.ts";
import { ModelProtoSchema } from "../../lib/onnx/onnx_pb.ts";

/** The bytes of an ONNX file as a model that has its weights in itself: `readModelFile` leaves the large ones where they lie. */
export function readModel(bytes: Uint8Array): OnnxModel {
  return upgradeOpset(checkModel(fromBinary(ModelProtoSchema, bytes)));
}
