import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { grad, numpy as np } from "@jax-js/jax";
import { ONNXModel } from "@jax-js/onnx";
import { describe, expect, test } from "vitest";
import { appendGradients } from "../../lib/onnx/gradient/append-gradients.ts";
import { declaredShape, Graph } from "../../lib/onnx/graph.ts";
import { floatTensor, withGraph } from "../../lib/onnx/model.ts";
import { readModelFile } from "../../lib/onnx/model-file.ts";
import { Session } from "../../lib/vit/runtime/session.ts";
import { reference } from "./reference.ts";

// The gradient of the best logit with respect to the image, by our graph transformation and by an independent engine that traces the
// model's operators: npm's @jax-js/onnx. Both compute in float32.

const golden = fileURLToPath(new URL("../golden/models", import.meta.url));
const cases = join(reference, "cases", "models");

/** The largest difference, as a share of the largest gradient; their logits differ by as much. */
const tiny: Readonly<Record<string, number>> = {
  "tiny_vit_op17.onnx": 1e-5,
  "tiny_swin_op17.onnx": 1e-5,
  "tiny_deit_distilled_op16.onnx": 2e-5,
  "tiny_vit_op14_anon.onnx": 1e-4,
};

/**
 * Small models of many families. The engine does not have the operators of the others; and of dinov2_reg4_swiglu it gives another
 * gradient, where central differences agree with ours.
 */
const families =
  "beit_op11 cait deepvit_reattention_like deit_op12 dyt_vit eva02 in_gray in_nhwc in_resize_in_graph openai_clip_LND out_1class pvt_v1 sandwich_postnorm_vit siglip_timm_pool swin_equal_width swin_hf_op11 swinv2_timm timm_maxvit vit_op11".split(
    " ",
  );

test.for(Object.entries(tiny))("The gradient of %s is the independent engine's to %d", async ([file, tolerance]) => {
  expect(await difference(join(golden, file))).toBeLessThan(tolerance);
});

describe.skipIf(reference === "" || !existsSync(cases))("Families (VITCX_REFERENCE/cases/models)", () => {
  test.for(families)("the gradient of %s is the independent engine's", async (name) => {
    expect(await difference(join(cases, `${name}.onnx`))).toBeLessThan(2e-5);
  });
});

async function difference(file: string): Promise<number> {
  const model = await readModelFile(file);
  const graph = new Graph(model);
  const input = graph.inputs[0]!;
  const output = graph.outputs[0]!.name;
  const shape = declaredShape(input)!.map((size) => size ?? 1);
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => 0.8 * Math.sin(0.7 * i));

  // Its arrays are moved, not copied: each may be used once.
  const engine = new ONNXModel(new Uint8Array(readFileSync(file)));
  const image = () => np.array(data.slice()).reshape(shape);
  const logitsOf = (x: np.Array) => engine.run({ [input.name]: x })[output]!;
  const logits = [...(await logitsOf(image()).data())];
  const best = logits.indexOf(Math.max(...logits));
  const oneHot = logits.map((_, i) => Number(i === best));
  const logit = (x: np.Array) => logitsOf(x).reshape([logits.length]).mul(np.array(oneHot)).sum();
  const theirs = await grad(logit)(image()).data();

  const seeded = withGraph(model, { input: [...model.graph.input, floatTensor("seed")] });
  const { model: appended, gradients } = appendGradients(seeded, { seeds: new Map([[output, "seed"]]), of: [input.name] });
  const name = gradients.get(input.name)!;
  const session = await Session.open(withGraph(appended, { output: [floatTensor(name)] }), dirname(file), { threads: 1 });
  const seed = { shape: [1, logits.length], data: Float32Array.from(oneHot) };
  const ours = (await session.run({ [input.name]: { shape, data }, seed }, [name]))[name]!.data;
  await session[Symbol.asyncDispose]();

  const largest = theirs.reduce((most: number, value: number) => Math.max(most, Math.abs(value)), 0);
  return ours.reduce((most: number, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0) / largest;
}
