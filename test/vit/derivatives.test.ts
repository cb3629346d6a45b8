import { describe, expect, test } from "vitest";
import type { Derivative } from "../../lib/classifier/classifier.ts";
import { appendGradients } from "../../lib/onnx/gradient/append-gradients.ts";
import { Graph } from "../../lib/onnx/graph.ts";
import { floatTensor, withGraph } from "../../lib/onnx/model.ts";
import { imageInput } from "../../lib/vit/graph/image-input.ts";
import { graftDerivatives } from "../../lib/vit/graph/derivatives.ts";
import { inspectModel } from "../../lib/vit/catalog/inspect.ts";
import { openClassifier, openGraph } from "../../lib/vit/runtime/onnx-classifier.ts";
import { golden, goldenScalar, largestDifference } from "../golden/golden.ts";
import { goldenModel } from "../onnx/gradient/differentiate.ts";
import { GraphWriter } from "./graph-writer.ts";
import { shapedModel, vitSmall } from "./shaped-models.ts";
import { tinyManifest, tinyModel } from "./tiny-models.ts";

const VIT = ["tiny_vit_op17.onnx", "tiny_vit_op14_anon.onnx"];
const images = { shape: [1, 3, 64, 64], data: golden("input").data };
const target = goldenScalar("vitcx_vit/target");

describe.each(VIT)("what is inside of %s, as torch and the authors' code have it", (file) => {
  test.each([
    ["image-gradient", "grad/input_grad", 1e-5],
    ["embeddings-gradient", "grad/feature_grad", 1e-5],
    ["attention", "attn/attention", 1e-5],
    ["attention-gradient", "attn/attention_grad", 1e-5],
    ["attention-relevance", "attn/cgw1_attn_cam", 1e-5],
    ["last-attention-relevance", "attn/partial_lrp_attn_cam", 1e-5],
  ] as const)("%s", async (kind: Derivative, name, tolerance) => {
    await using classifier = await openClassifier(tinyModel(file), { threads: 1 });
    const found = await classifier.differentiate!(images, target, [kind]);
    expect(largestDifference(found[kind].data, golden(name).data)).toBeLessThan(tolerance);
  });
});

test("images of a batch have the gradients that they have alone, and several derivatives come of one pass", async () => {
  await using classifier = await openClassifier(tinyModel(VIT[0]!), { threads: 1, batchSize: 2 });
  const other = images.data.map((value) => -value);
  const both = { shape: [2, 3, 64, 64], data: Float32Array.from([...images.data, ...other]) };
  const { "image-gradient": batch } = await classifier.differentiate!(both, target, ["image-gradient"]);
  const { "image-gradient": alone } = await classifier.differentiate!({ ...images, data: other }, target, ["image-gradient"]);
  expect(largestDifference(batch.data.subarray(0, other.length), golden("grad/input_grad").data)).toBeLessThan(1e-5);
  expect(largestDifference(batch.data.subarray(other.length), alone.data)).toBeLessThan(1e-5);
  const all = await classifier.differentiate!(images, target, ["attention", "attention-gradient", "attention-relevance"]);
  expect(largestDifference(all["attention-relevance"].data, golden("attn/cgw1_attn_cam").data)).toBeLessThan(1e-5);
  expect(largestDifference(all["attention-gradient"].data, golden("attn/attention_grad").data)).toBeLessThan(1e-5);
});

describe("logits", () => {
  const facts = { input: tinyManifest().input, classes: 10 };
  const model = goldenModel(VIT[0]!);
  const classifier = { input: imageInput(new Graph(model)), floatType: 1, embeddings: "input" };
  const ending = (operator: string) => {
    const node = Object.assign(structuredClone(model.graph.node.at(-1)!), { opType: operator, name: "", attribute: [] });
    Object.assign(node, { input: ["logits"], output: ["probs"] });
    return withGraph(model, { node: [...model.graph.node, node], output: [floatTensor("probs", ["batch", 10])] });
  };
  const seedOf = (operator: string) => {
    const { model: grafted } = graftDerivatives(
      ending(operator),
      { ...classifier, scores: "probs" },
      { ...facts, output: "probabilities" },
      ["image-gradient"],
    );
    return grafted.graph.node.find(({ output }) => output[0]!.endsWith("logits/shape"))!.input[0];
  };

  test.each(["Softmax", "Sigmoid"])("where the graph ends in a %s, its input is differentiated", (operator) => {
    expect(seedOf(operator)).toBe("logits");
  });
  test("where nothing says what the logits are, it is refused", () => {
    expect(() => seedOf("Relu")).toThrow("no logits to differentiate");
  });
});

describe.each([
  ["Attention", { attention: "Attention" }],
  ["MultiHeadAttention and SkipLayerNormalization", { attention: "MultiHeadAttention", norm: "with the sum" }],
  ["ONNX's Attention", { attention: "Attention-23" }],
] as const)("a graph with the fused operators %s", (_, form) => {
  const manifest = {
    ...tinyManifest({ labels: Array.from({ length: vitSmall.classes }, (__, i) => `class ${i}`) }),
    input: { ...tinyManifest().input, width: 32, height: 32 },
  };
  const small = { shape: [1, 3, 32, 32], data: Float32Array.from({ length: 3 * 32 * 32 }, (__, i) => Math.sin(i * i)) };
  const model = shapedModel({ ...vitSmall, ...form });

  test("is written out, and differentiated as its answers change", async () => {
    const { embedding } = await inspectModel(model, ".", { size: manifest.input, classes: vitSmall.classes });
    await using classifier = await openGraph(model, ".", { ...manifest, embedding }, { threads: 1 });
    const found = await classifier.differentiate!(small, 1, [
      "image-gradient",
      "embeddings-gradient",
      "attention",
      "attention-gradient",
      "attention-relevance",
      "image-attn-lrp",
    ]);
    const { shape, data } = found["attention"];
    expect(shape).toEqual([vitSmall.depth, vitSmall.heads, 17, 17]);
    for (let row = 0; row < data.length; row += 17) {
      expect(data.subarray(row, row + 17).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    }
    const gradient = found["image-gradient"].data;
    const size = Math.hypot(...gradient);
    const logit = async (by: number) => {
      const moved = { shape: [3, 32, 32], data: small.data.map((value, i) => value + (by * gradient[i]!) / size) };
      const { probabilities } = await classifier.classify(moved);
      return Math.log(probabilities[1]!) - probabilities.reduce((sum, value) => sum + Math.log(value), 0) / probabilities.length;
    };
    // The logits less their mean: the gradient of the others' mean is taken off.
    const others = await Promise.all(
      Array.from({ length: vitSmall.classes }, async (__, target) => {
        const one = await classifier.differentiate!(small, target, ["image-gradient"]);
        return one["image-gradient"].data.reduce((sum, value, i) => sum + (value * gradient[i]!) / size, 0);
      }),
    );
    const expected = others[1]! - others.reduce((sum, value) => sum + value, 0) / others.length;
    const slope = ((await logit(0.05)) - (await logit(-0.05))) / 0.1;
    expect(Math.abs(slope / expected - 1)).toBeLessThan(0.02);
  });
});

test("attention that an operator keeps to itself is refused by that operator's name", () => {
  const w = new GraphWriter(1);
  const tokens = w.op("Reshape", ["image", w.vector([0, -1, 48])]);
  const inputs = [tokens, w.weight([48, 144]), w.weight([144])];
  const attended = w.op("Attention", inputs, { num_heads: 3, unidirectional: 1 }, "com.microsoft");
  const scores = w.op("ReduceMean", [attended], { axes: [1], keepdims: 0 });
  const model = w.model(scores, { size: 64, classes: 48, batch: "batch", opset: 17 });
  const graft = () =>
    graftDerivatives(
      model,
      { input: imageInput(new Graph(model)), floatType: 1, scores, embeddings: tokens },
      { input: tinyManifest().input, classes: 48, output: "logits" },
      ["attention"],
    );
  expect(graft).toThrow(/the operator Attention of the attention .* keeps its probabilities to itself/);
});

test("a graph that was differentiated before can be so again", () => {
  const model = goldenModel(VIT[0]!);
  const seeded = withGraph(model, { input: [...model.graph.input, floatTensor("seed")] });
  const { model: once } = appendGradients(seeded, { seeds: new Map([["logits", "seed"]]), of: ["input"] });
  const names = new Graph(appendGradients(once, { seeds: new Map([["logits", "seed"]]), of: ["input"] }).model).nodes;
  const outputs = names.flatMap(({ output }) => output);
  expect(new Set(outputs).size).toBe(outputs.length);
});
