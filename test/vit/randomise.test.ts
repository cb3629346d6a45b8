import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { OnnxModel } from "../../lib/onnx/model.ts";
import type { TensorProto } from "../../lib/onnx/onnx_pb.ts";
import { readFloats } from "../../lib/onnx/tensor-bytes.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { randomise, readStages, stagesOfModel } from "../../lib/vit/graph/randomise.ts";
import { golden, largestDifference } from "../golden/golden.ts";
import { shapedSwin, swinSmall } from "./shaped-swin.ts";
import { tinyFile, tinyModel } from "./tiny-models.ts";
import { readModel } from "../onnx/read-model.ts";

const vit = readModel(tinyFile("tiny_vit_op17.onnx"));
const stages = stagesOfModel(vit, 10);
const to = (stage: number) => new Set(stages.slice(0, stage + 1).flatMap(({ weights }) => weights));

const weightsOf = ({ graph }: OnnxModel) => new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
const numbersOf = (tensor: TensorProto) => new Float32Array(Uint8Array.from(tensor.rawData).buffer);

test("The weights that are named get their own numbers in another order; all others stay as they are", async () => {
  const [before, after] = [weightsOf(vit), weightsOf(await randomise(vit, to(1), 0, ""))];
  expect([...after.keys()]).toEqual([...before.keys()]);
  let moved = 0;
  for (const [name, tensor] of before) {
    if (!to(1).has(name)) {
      expect(after.get(name)).toBe(tensor);
      continue;
    }
    const [old, drawn] = [numbersOf(tensor), numbersOf(after.get(name)!)];
    expect(drawn.toSorted()).toEqual(old.toSorted());
    expect(after.get(name)!.dims).toEqual(tensor.dims);
    // A norm that was never trained is all ones.
    if (new Set(old).size > 1) {
      moved++;
      expect(drawn).not.toEqual(old);
    }
  }
  expect(moved).toBeGreaterThan(5);
});

test("What was randomised stays as it is when more is, and follows from the seed", async () => {
  const [less, more, again, other] = await Promise.all([
    randomise(vit, to(0), 7, ""),
    randomise(vit, to(4), 7, ""),
    randomise(vit, to(0), 7, ""),
    randomise(vit, to(0), 8, ""),
  ]);
  const head = (model: OnnxModel) => weightsOf(model).get("head.weight")!.rawData;
  expect(head(more)).toEqual(head(less));
  expect(head(again)).toEqual(head(less));
  expect(head(other)).not.toEqual(head(less));
});

test("The mask of a shifted window is left alone", async () => {
  const swin = shapedSwin({ ...swinSmall, window: 4, depths: [2, 1, 1] });
  const all = new Set(stagesOfModel(swin, swinSmall.classes).flatMap(({ weights }) => weights));
  const masks = swin.graph.initializer.filter((tensor) => tensor.rawData.length > 0 && tensor.dims.length === 5);
  expect(masks).toHaveLength(1);
  expect(all).toContain(masks[0]!.name);
  expect(weightsOf(await randomise(swin, all, 0, "")).get(masks[0]!.name)).toBe(masks[0]);
});

const image = { shape: [3, 64, 64], data: golden("input").data };

test.for([
  "tiny_vit_op17.onnx",
  "tiny_vit_op14_anon.onnx",
  "tiny_deit_distilled_op16.onnx",
  "tiny_swin_op17.onnx",
  "vit-half-precision.onnx",
])("%s can be asked after each stage, and says something else then", async (file) => {
  const isHalf = file === "vit-half-precision.onnx";
  const exports = fileURLToPath(new URL("exports", import.meta.url));
  const model = isHalf ? tinyModel(file, {}, exports) : tinyModel(file);
  const found = await readStages(model);
  let last: Float32Array | undefined;
  for (let stage = -1; stage < found.length; stage++) {
    const weights = new Set(found.slice(0, stage + 1).flatMap((each) => each.weights));
    await using classifier = await openClassifier(model, { threads: 1 }, (graph, folder) => randomise(graph, weights, 0, folder));
    const { probabilities, embeddings } = await classifier.classify(image);
    expect([...probabilities, ...embeddings.data].every(Number.isFinite)).toBe(true);
    expect(probabilities.reduce((sum, each) => sum + each)).toBeCloseTo(1, 3);
    if (last) expect(largestDifference(probabilities, last)).toBeGreaterThan(1e-4);
    last = probabilities;
  }
});

test("Weights in half precision keep their numbers, two bytes each, also where they lie outside of the graph", async () => {
  const file = fileURLToPath(new URL("exports/vit-half-precision.onnx", import.meta.url));
  const model = readModel(readFileSync(file));
  const { weights } = stagesOfModel(model, 10)[0]!;
  const after = weightsOf(await randomise(model, new Set(weights), 0, dirname(file)));
  for (const name of weights) {
    const read = async (tensor: TensorProto) => new Uint16Array((await readFloats(tensor, dirname(file))).buffer);
    const [old, drawn] = [await read(weightsOf(model).get(name)!), await read(after.get(name)!)];
    expect(drawn.toSorted()).toEqual(old.toSorted());
  }
  expect(after.get("m.head.weight")).toMatchObject({ dataType: 10 });
});
