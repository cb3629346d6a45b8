import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { floatTensor, node, type OnnxModel, withGraph, writeModel } from "../../lib/onnx/model.ts";
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  TensorProtoSchema,
  TensorShapeProtoSchema,
  TypeProtoSchema,
  TypeProto_TensorSchema,
  ValueInfoProtoSchema,
} from "../../lib/onnx/onnx_pb.ts";
import { readModel } from "../onnx/read-model.ts";
import { example, openPlace } from "../service/place.ts";
import { tinyFile } from "../vit/tiny-models.ts";

/** A tiny network whose logits go through some nodes more. */
function tailed(
  change: (
    logits: string,
    scores: string,
  ) => { nodes: OnnxModel["graph"]["node"]; initializer: OnnxModel["graph"]["initializer"] },
) {
  const model = readModel(tinyFile("tiny_vit_op17.onnx"));
  const { graph } = model;
  const scores = graph.output[0]!.name;
  const renamed = graph.node.map((each) => ({ ...each, output: each.output.map((name) => (name === scores ? "before" : name)) }));
  const { nodes, initializer } = change("before", scores);
  return writeModel(withGraph(model, { node: [...renamed, ...nodes], initializer: [...graph.initializer, ...initializer] }));
}

/** while (true) logits = logits */
const endless = () =>
  tailed((logits, scores) => {
    const scalar = (name: string, elemType: number) => {
      const value = create(TypeProto_TensorSchema, { elemType, shape: create(TensorShapeProtoSchema, {}) });
      return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: "tensorType", value } }) });
    };
    const body = create(GraphProtoSchema, {
      name: "body",
      node: [node("Identity", ["go"], ["go on"]), node("Identity", ["v"], ["same"])],
      input: [scalar("i", 7), scalar("go", 9), floatTensor("v", [1, 10])],
      output: [scalar("go on", 9), floatTensor("same", [1, 10])],
    });
    const loop = node("Loop", ["", "true", logits], [scores]);
    loop.attribute.push(create(AttributeProtoSchema, { name: "body", type: 5, g: body }));
    const isTrue = create(TensorProtoSchema, { name: "true", dataType: 9, int32Data: [1] });
    return { nodes: [loop], initializer: [isTrue] };
  });

/** logits + 0 · Σ (the first logit, 600 million times) */
const huge = () =>
  tailed((logits, scores) => {
    const vector = (name: string, values: number[]) =>
      create(TensorProtoSchema, { name, dataType: 7, dims: [BigInt(values.length)], int64Data: values.map(BigInt) });
    const nodes = [
      node("ReduceMean", [logits], ["mean"], { keepdims: 0 }),
      node("Expand", ["mean", "count"], ["many"]),
      node("ReduceMax", ["many"], ["one"], { keepdims: 0 }),
      node("Sub", ["one", "mean"], ["zero"]),
      node("Add", [logits, "zero"], [scores]),
    ];
    return { nodes, initializer: [vector("count", [600_000_000])] };
  });

test.for([
  ["that loops for ever", endless, { VITCX_MODEL_SECONDS: "2" }, /did not come to an end within 2 s\..*VITCX_MODEL_SECONDS/],
  ["that takes all memory", huge, { VITCX_MODEL_MB: "700" }, /took more than 700 MB of memory\..*VITCX_MODEL_MB/],
] as const)("A model %s is ended, in a sentence, and leaves nothing", async ([, write, env, sentence], { onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const folder = await mkdtemp(join(tmpdir(), "vitcx-untrusted-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "model.onnx");
  await writeFile(file, write());
  for (const args of [
    ["inspect", file],
    [
      "add",
      file,
      "--mean",
      "0.5,0.5,0.5",
      "--sd",
      "0.5,0.5,0.5",
      "--labels",
      join(folder, "labels.txt"),
      "--models",
      join(folder, "models"),
    ],
  ]) {
    await writeFile(join(folder, "labels.txt"), Array.from({ length: 10 }, (_, i) => `label ${i}`).join("\n"));
    const command = place.vitcx("models", args, env);
    expect(await command.ended).toBe(1);
    expect(command.errors()).toMatch(sentence);
  }
  expect(await readdir(join(folder, "models")).catch(() => [])).toEqual([]);
});

test("A command whose model never ends a pass is ended, in a sentence", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const folder = join(place.folder, "models", "endless");
  await mkdir(join(folder, "onnx"), { recursive: true });
  await writeFile(join(folder, "onnx", "model.onnx"), endless());
  const id2label = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i, `label ${i}`]));
  await writeFile(join(folder, "config.json"), JSON.stringify({ model_type: "vit", image_size: 64, id2label }));
  const processor = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], size: { height: 64, width: 64 } };
  await writeFile(join(folder, "preprocessor_config.json"), JSON.stringify(processor));
  const photo = fileURLToPath(example("crab.png"));
  const env = { VITCX_MODELS: join(place.folder, "models"), VITCX_JOB_SECONDS: "1" };
  const command = place.vitcx("explain", [photo, "--model", "endless", "--no-out"], env);
  expect(await command.ended).not.toBe(0);
  expect(command.errors()).toMatch(/^A pass of the model did not end within 1 s \(VITCX_JOB_SECONDS\)/m);
});
