import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { floatTensor, int64Vector, node, type OnnxNode, withGraph, writeModel } from "../../lib/onnx/model.ts";
import { type TensorProto, TensorProtoSchema } from "../../lib/onnx/onnx_pb.ts";
import { addModel } from "../../lib/vit/catalog/add.ts";
import type { Facts } from "../../lib/vit/catalog/facts.ts";
import { findModel } from "../../lib/vit/catalog/model-source.ts";
import { Session } from "../../lib/vit/runtime/session.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { readModel } from "../onnx/read-model.ts";
import { tinyFile } from "./tiny-models.ts";

/** What an export may have behind the logits [B, 10], as nodes from "tail/logits" to "out", and the shape that it declares. */
export interface Tail {
  readonly nodes: readonly OnnxNode[];
  readonly shape: readonly (number | string)[];
  readonly name?: string;
}

const one = (operator: string, attributes = {}) => node(operator, ["tail/logits"], ["out"], attributes);
const first = node("Slice", ["tail/logits", "0", "1", "1"], ["first"]);
const row = ["batch", 10];
/** Probabilities that are kept off 0 and 1. */
const clipped = (operator: string): Tail => ({
  nodes: [one0(operator, "tail/logits", "p"), node("Clip", ["p", "small", "one"], ["out"])],
  shape: row,
});
/** The mean of the probabilities at two temperatures. */
const meanOfTwo = (operator: string): Tail => ({
  nodes: [
    node("Mul", ["tail/logits", "half"], ["h"]),
    one0(operator, "h", "p"),
    one0(operator, "tail/logits", "q"),
    node("Mean", ["p", "q"], ["out"]),
  ],
  shape: row,
});
export const tails = {
  logits: { nodes: [one("Identity")], shape: row },
  probabilities: { nodes: [one("Softmax", { axis: 1 })], shape: row },
  "a sigmoid": { nodes: [one("Sigmoid")], shape: row },
  "a softmax written out": {
    nodes: [one0("Exp", "tail/logits", "e"), node("ReduceSum", ["e", "1"], ["sum"]), node("Div", ["e", "sum"], ["out"])],
    shape: row,
  },
  "a softmax and arithmetic": {
    nodes: [one0("Softmax", "tail/logits", "p"), node("Mul", ["p", "half"], ["out"])],
    shape: row,
  },
  "a sigmoid that is clipped": clipped("Sigmoid"),
  "a softmax that is clipped": clipped("Softmax"),
  "a sigmoid written out": {
    nodes: [
      one0("Neg", "tail/logits", "n"),
      one0("Exp", "n", "e"),
      node("Add", ["e", "one"], ["d"]),
      one0("Reciprocal", "d", "out"),
    ],
    shape: row,
  },
  "the mean of two softmaxes": meanOfTwo("Softmax"),
  "the mean of two sigmoids": meanOfTwo("Sigmoid"),
  "logits at a temperature": { nodes: [node("Mul", ["tail/logits", "half"], ["out"])], shape: row },
  "the number of a class": {
    nodes: [node("ArgMax", ["tail/logits"], ["n"], { axis: 1 }), node("Cast", ["n"], ["out"], { to: 1 })],
    shape: ["batch", 1],
  },
  "truth values": {
    nodes: [node("Greater", ["tail/logits", "half"], ["t"]), node("Cast", ["t"], ["out"], { to: 1 })],
    shape: row,
  },
  "a softmax of one": { nodes: [first, node("Softmax", ["first"], ["out"], { axis: 1 })], shape: ["batch", 1] },
  "not finite": { nodes: [node("Log", ["tail/logits"], ["l"]), one0("Sqrt", "l", "out")], shape: row },
  // r / r, where r is how far apart an image's numbers are.
  "not finite for a plain image": {
    nodes: [
      one0("GlobalMaxPool", "input", "largest"),
      one0("Neg", "input", "negative"),
      one0("GlobalMaxPool", "negative", "smallest"),
      node("Add", ["largest", "smallest"], ["colours"]),
      one0("Flatten", "colours", "ranges"),
      node("Slice", ["ranges", "0", "1", "1"], ["r"]),
      node("Div", ["r", "r"], ["one or none"]),
      node("Mul", ["tail/logits", "one or none"], ["out"]),
    ],
    shape: row,
  },
  "one logit": { nodes: [first, one0("Identity", "first", "out")], shape: ["batch", 1] },
  "one probability": { nodes: [first, one0("Sigmoid", "first", "out")], shape: ["batch", 1] },
  "one logit without an axis": { nodes: [first, node("Squeeze", ["first", "1"], ["out"])], shape: ["batch"] },
  "an axis between": { nodes: [node("Unsqueeze", ["tail/logits", "1"], ["out"])], shape: ["batch", 1, 10] },
  "axes behind": { nodes: [node("Unsqueeze", ["tail/logits", "2 3"], ["out"])], shape: ["batch", 10, 1, 1] },
  "a length of 1": {
    nodes: [
      node("Mul", ["tail/logits", "tail/logits"], ["s"]),
      node("ReduceSum", ["s", "1"], ["n"]),
      one0("Sqrt", "n", "l"),
      node("Div", ["tail/logits", "l"], ["out"]),
    ],
    shape: row,
  },
  "an embedding's name": { nodes: [one("Identity")], shape: row, name: "image_embeds" },
} satisfies Record<string, Tail>;

function one0(operator: string, input: string, output: string): OnnxNode {
  return node(operator, [input], [output]);
}

const constants: TensorProto[] = [
  int64Vector("0", [0]),
  int64Vector("1", [1]),
  int64Vector("2 3", [2, 3]),
  create(TensorProtoSchema, { name: "half", dataType: 1, floatData: [0.5] }),
  create(TensorProtoSchema, { name: "small", dataType: 1, floatData: [1e-7] }),
  create(TensorProtoSchema, { name: "one", dataType: 1, floatData: [1] }),
];

const known: Facts = { mean: [0.5, 0.5, 0.5], sd: [0.5, 0.5, 0.5] };

/** A tiny network of 64 × 64 pixels and ten classes with another end. */
export function tailedFile({ nodes, shape, name = "scores" }: Tail): Uint8Array {
  const model = readModel(tinyFile("tiny_vit_op17.onnx"));
  const { graph } = model;
  const logits = graph.output[0]!.name;
  const tailed = withGraph(model, {
    node: [...graph.node, one0("Identity", logits, "tail/logits"), ...nodes, one0("Identity", "out", name)],
    initializer: [...graph.initializer, ...constants],
    output: [floatTensor(name, shape)],
  });
  return writeModel(tailed);
}

/** The same, added to the models in a folder. */
export async function addTailed(folder: string, tail: Tail, facts: Facts = {}) {
  const file = join(folder, "model.onnx");
  await writeFile(file, tailedFile(tail));
  return addModel(join(folder, "models"), await findModel(file), { id: "tailed", ...known, ...facts }, { threads: 1 });
}

/** What the network's own logits are of an image, [10]. */
export async function logitsOf(image: Tensor): Promise<number[]> {
  const model = readModel(tinyFile("tiny_vit_op17.onnx"));
  await using session = await Session.open(model, ".", { threads: 1 });
  const [input, output] = [model.graph.input[0]!.name, model.graph.output[0]!.name];
  const answers = await session.run({ [input]: { shape: [1, ...image.shape], data: image.data } }, [output]);
  return [...answers[output]!.data];
}
