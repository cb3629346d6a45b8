import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { appendGradients } from "../../../lib/onnx/gradient/append-gradients.ts";
import { unfuse } from "../../../lib/onnx/gradient/unfuse.ts";
import { floatTensor, type OnnxModel, withGraph, writeModel } from "../../../lib/onnx/model.ts";
import { largestDifference } from "../../golden/golden.ts";
import { GraphWriter } from "../../vit/graph-writer.ts";
import { shapedModel, vitSmall } from "../../vit/shaped-models.ts";
import { differentiate } from "./differentiate.ts";

const MICROSOFT = "com.microsoft";
const FORMS = ["Attention", "MultiHeadAttention", "Attention-23"] as const;
const image = { shape: [2, 3, 32, 32], data: Float32Array.from({ length: 2 * 3 * 32 * 32 }, (_, i) => Math.sin(i * i)) };
const one = { shape: [1, 3, 32, 32], data: image.data.slice(0, 3 * 32 * 32) };

describe.each(FORMS)("%s", (attention) => {
  const fused = shapedModel({ ...vitSmall, attention });
  const unfused = unfuse(fused);

  test("written out has the same answers for a batch, and no fused operator is left", async () => {
    expect(unfused.graph.node.map(({ opType }) => opType)).not.toContain(attention.replace("-23", ""));
    expect(largestDifference(await scores(unfused), await scores(fused))).toBeLessThan(1e-5);
  });
  test("has the gradient that differences of its answers have", async () => {
    const { gradient, logitAt } = await differentiate(unfused, one);
    const size = Math.hypot(...gradient);
    const moved = (by: number) => logitAt(one.data.map((value, i) => value + (by * gradient[i]!) / size));
    const slope = ((await moved(0.05)) - (await moved(-0.05))) / 0.1;
    expect(Math.abs(slope / size - 1)).toBeLessThan(0.01);
  });
});

test("a bias, a scale and no batch are taken along", async () => {
  const w = new GraphWriter(3);
  const tokens = () => w.op("MatMul", [w.op("Reshape", ["image", w.vector([0, -1, 48])]), w.weight([48, 24], 0.3)]);
  const inputs = [tokens(), tokens(), tokens(), w.weight([72], 0.5)];
  const attended = w.op("MultiHeadAttention", inputs, { num_heads: 3, scale: 0.9 }, MICROSOFT);
  const model = w.model(w.op("ReduceMean", [attended], { axes: [1], keepdims: 0 }), {
    size: 32,
    classes: 24,
    batch: "b",
    opset: 17,
  });
  expect(unfuse(model).graph.node.map(({ opType }) => opType)).toContain("Softmax");
  expect(largestDifference(await scores(unfuse(model)), await scores(model))).toBeLessThan(1e-5);
});

test("a norm of a sum and GELU with a bias are written out, also without what is left out of them", async () => {
  const w = new GraphWriter(3);
  const tokens = w.op("Reshape", ["image", w.vector([0, -1, 48])]);
  const bias = w.op("BiasGelu", [tokens, w.weight([48], 0.5)], {}, MICROSOFT);
  const plain = w.op("SkipLayerNormalization", [bias, tokens, w.weight([48], 1)], {}, MICROSOFT);
  const [normed, , , sum] = w.ops(
    "SkipLayerNormalization",
    [plain, tokens, w.weight([48], 1), w.weight([48], 1), w.weight([48], 0.5)],
    4,
    { epsilon: 0.1 },
    MICROSOFT,
  );
  const nodes = w.op("Concat", [normed!, sum!], { axis: -1 });
  const model = w.model(w.op("ReduceMean", [nodes], { axes: [1], keepdims: 0 }), {
    size: 32,
    classes: 96,
    batch: "b",
    opset: 17,
  });
  const fused = model.graph.node.find(({ opType, output }) => opType === "SkipLayerNormalization" && output.length === 4)!;
  fused.output = [normed!, "", "", sum!];
  const unfused = unfuse(model);
  expect(unfused.graph.node.map(({ opType }) => opType).filter((name) => /Skip|Bias/.test(name))).toEqual([]);
  expect(largestDifference(await scores(unfused), await scores(model))).toBeLessThan(1e-5);
});

describe("what does more is left as it is, and refused by operator and node", () => {
  const refusal = (operator: string, write: (w: GraphWriter, tokens: string) => string) => {
    const w = new GraphWriter(1);
    const attended = write(w, w.op("Reshape", ["image", w.vector([0, -1, 48])]));
    const model = w.model(attended, { size: 32, classes: 1, batch: "b", opset: 23 });
    const fused = model.graph.node.at(-1)!;
    fused.name = "block 1's attention";
    const unfused = unfuse(model);
    expect(unfused.graph.node.at(-1)).toBe(fused);
    const gradients = () => appendGradients(unfused, { seeds: new Map([[attended, attended]]), of: ["image"] });
    expect(gradients).toThrow(`the operator ${operator} of the node "block 1's attention" cannot be differentiated`);
  };
  const weights = (w: GraphWriter) => [w.weight([48, 144]), w.weight([144])];

  test("a mask", () => {
    refusal("com.microsoft::Attention", (w, x) =>
      w.op("Attention", [x, ...weights(w), w.vector([64])], { num_heads: 3 }, MICROSOFT),
    );
  });
  test("attention to what came before alone", () => {
    refusal("com.microsoft::Attention", (w, x) =>
      w.op("Attention", [x, ...weights(w)], { num_heads: 3, unidirectional: 1 }, MICROSOFT),
    );
    refusal("Attention", (w, x) => w.op("Attention", [x, x, x], { q_num_heads: 3, kv_num_heads: 3, is_causal: 1 }));
  });
  test("a bias of the scores", () => {
    refusal("com.microsoft::MultiHeadAttention", (w, x) =>
      w.op("MultiHeadAttention", [x, x, x, "", "", w.weight([1, 3, 64, 64])], { num_heads: 3 }, MICROSOFT),
    );
  });
  test("fewer heads of keys than of queries", () => {
    refusal("Attention", (w, x) => w.op("Attention", [x, x, x], { q_num_heads: 4, kv_num_heads: 2 }));
  });
});

async function scores(model: OnnxModel): Promise<Float32Array> {
  const output = model.graph.output.map(({ name }) => floatTensor(name));
  const session = await InferenceSession.create(writeModel(withGraph(model, { output })), { logSeverityLevel: 4 });
  const answers = await session.run({ image: new OrtTensor("float32", image.data, image.shape) });
  await session.release();
  return answers[output[0]!.name]!.data as Float32Array;
}
