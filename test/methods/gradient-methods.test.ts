import { describe, expect, test } from "vitest";
import type { z } from "zod";
import type { Classifier, Derivative } from "../../lib/classifier/classifier.ts";
import { cgw1 } from "../../lib/methods/attention/cgw1.ts";
import { cgw2 } from "../../lib/methods/attention/cgw2.ts";
import { partialLrp } from "../../lib/methods/attention/partial-lrp.ts";
import { attentionRollout } from "../../lib/methods/attention/rollout.ts";
import { tam } from "../../lib/methods/attention/tam.ts";
import { attnLrp } from "../../lib/methods/gradients/attn-lrp.ts";
import { gradCam, weightedMaps } from "../../lib/methods/gradients/grad-cam.ts";
import { gradient } from "../../lib/methods/gradients/gradient.ts";
import { integratedGradients } from "../../lib/methods/gradients/integrated-gradients.ts";
import { gaussLegendre, trapezoid } from "../../lib/methods/gradients/quadrature.ts";
import { meanGradients, smoothGrad } from "../../lib/methods/gradients/smooth-grad.ts";
import { classEvidence, type MethodDescriptor } from "../../lib/methods/method.ts";
import type { OptionsSchema } from "../../lib/options/describe.ts";
import { normaliseMap } from "../../lib/saliency-map/normalise.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { golden, goldenScalar, largestDifference } from "../golden/golden.ts";
import { differentiate, goldenModel } from "../onnx/gradient/differentiate.ts";
import { tinyModel } from "../vit/tiny-models.ts";

const VIT = ["tiny_vit_op17.onnx", "tiny_vit_op14_anon.onnx"];
const image = { shape: [3, 64, 64], data: golden("input").data };
const images = { shape: [1, 3, 64, 64], data: image.data };
const target = goldenScalar("vitcx_vit/target");

/** The map of the most probable class, as the method keeps it and as it is shown. */
async function mapOf<Schema extends OptionsSchema>(
  method: MethodDescriptor<string, Schema, "map">,
  given: z.input<Schema>,
  { file = VIT[0]!, batchSize = 4 } = {},
) {
  await using classifier = await openClassifier(tinyModel(file), { batchSize, threads: 1 });
  const options = method.options.parse(given);
  const steps = method.explain({ classifier, image, options, targetOf: () => target });
  const done: number[] = [];
  let step = await steps.next();
  for (; !step.done; step = await steps.next()) if (step.value.stage === "scored") done.push(step.value.done);
  const saliency = method.saliencyOf(classEvidence(method.tensors, step.value, target), { height: 64, width: 64 }, options);
  return { raw: step.value.tensors.map.data, shown: normaliseMap(saliency).data, done };
}

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

describe("maps, as public implementations have them", () => {
  test.each(VIT)("Rollout of %s: hila-chefer/Transformer-Explainability, from the first and the second block", async (file) => {
    const first = await mapOf(attentionRollout, {}, { file });
    expect(largestDifference(first.raw, golden("attn/rollout_raw").data)).toBeLessThan(1e-6);
    expect(largestDifference(first.shown, golden("attn/rollout").data)).toBeLessThan(1e-4);
    const second = await mapOf(attentionRollout, { firstBlock: 2 }, { file });
    expect(largestDifference(second.raw, golden("attn/rollout_start1_raw").data)).toBeLessThan(1e-6);
  });
  test("CGW2: the notebook of hila-chefer/Transformer-MM-Explainability", async () => {
    const { raw, shown } = await mapOf(cgw2, {});
    expect(largestDifference(raw, golden("attn/cgw2_raw").data)).toBeLessThan(1e-5);
    expect(largestDifference(shown, golden("attn/cgw2").data)).toBeLessThan(1e-4);
  });
  test("CGW1: hila-chefer/Transformer-Explainability, from the first and the second block", async () => {
    const first = await mapOf(cgw1, {});
    expect(largestDifference(first.raw, golden("attn/cgw1_start0_raw").data)).toBeLessThan(1e-6);
    expect(largestDifference(first.shown, golden("attn/cgw1_start0").data)).toBeLessThan(1e-4);
    const second = await mapOf(cgw1, { firstBlock: 2 });
    expect(largestDifference(second.raw, golden("attn/cgw1_start1_raw").data)).toBeLessThan(1e-6);
  });
  test("Partial LRP: hila-chefer/Transformer-Explainability, last layer of ViT_orig_LRP", async () => {
    const { raw, shown } = await mapOf(partialLrp, {});
    expect(largestDifference(raw, golden("attn/partial_lrp_raw").data)).toBeLessThan(1e-5);
    expect(largestDifference(shown, golden("attn/partial_lrp").data)).toBeLessThan(1e-4);
  });
  test("TAM: XianrenYty/Transition_Attention_Maps, from the first and the second block", async () => {
    const first = await mapOf(tam, {});
    expect(largestDifference(first.raw, golden("attn/tam_raw").data)).toBeLessThan(1e-5);
    expect(largestDifference(first.shown, golden("attn/tam").data)).toBeLessThan(1e-4);
    expect(first.done).toEqual(Array.from({ length: 19 }, (_, i) => i + 1));
    const second = await mapOf(tam, { firstBlock: 2 });
    expect(largestDifference(second.raw, golden("attn/tam_start1_raw").data)).toBeLessThan(1e-5);
  });
  test("Grad-CAM: the code of the authors of ViT-CX", async () => {
    const maps = weightedMaps(golden("vitcx_vit/features"), golden("grad/feature_grad"));
    expect(largestDifference(maps.data, golden("grad/gradcam_raw").data)).toBeLessThan(1e-5);
    expect(largestDifference((await mapOf(gradCam, {})).shown, golden("grad/gradcam").data)).toBeLessThan(1e-4);
  });
  test.each([
    ["gauss-legendre", "gausslegendre"],
    ["trapezoid", "riemann_trapezoid"],
  ] as const)("Integrated Gradients by %s: captum", async (quadrature, name) => {
    const expected = golden(`grad/integrated_gradients_${name}_sum`).data;
    const { raw, done } = await mapOf(integratedGradients, { quadrature });
    expect(largestDifference(raw, expected)).toBeLessThan(1e-5);
    expect(done.at(-1)).toBe(50);
    const unsigned = await mapOf(integratedGradients, { quadrature, signed: false });
    expect(largestDifference(unsigned.raw, expected.map(Math.abs))).toBeLessThan(1e-5);
  });
  test("SmoothGrad: captum, with the stored noise", async () => {
    await using classifier = await openClassifier(tinyModel(VIT[0]!), { batchSize: 4, threads: 1 });
    const { data } = golden<"int8">("noise_q");
    const noiseOf = (sample: number) =>
      Float32Array.from(image.data, (_, i) => (data[sample * image.data.length + i]! / 32) * 0.25);
    let map: Float32Array | undefined;
    for await (const step of meanGradients({ classifier, image, target, samples: 10, noiseOf })) map = step.map.data;
    expect(largestDifference(map!, golden("grad/smoothgrad_sum").data)).toBeLessThan(1e-5);
  });
});

describe("what must hold without a reference", () => {
  test("Integrated Gradients add up to the difference of the logits", async () => {
    const { raw } = await mapOf(integratedGradients, { steps: 100, baseline: 0.5 });
    const total = raw.reduce((sum, value) => sum + value, 0);
    const { logitAt } = await differentiate(goldenModel(VIT[0]!), { shape: images.shape, data: image.data }, target);
    const difference = (await logitAt(image.data)) - (await logitAt(image.data.map(() => 0.5)));
    expect(Math.abs(total - difference)).toBeLessThan(0.02);
  });
  test("the gradient's map is the largest of the three colours'", async () => {
    const { raw } = await mapOf(gradient, {});
    const { data } = golden("grad/input_grad");
    const largest = raw.map((_, i) => Math.max(...[0, 4096, 8192].map((from) => Math.abs(data[from + i]!))));
    expect(largestDifference(raw, largest)).toBeLessThan(1e-5);
  });
  test("SmoothGrad without noise is the size of the gradient; the same seed gives the same map", async () => {
    const { raw } = await mapOf(smoothGrad, { samples: 1, sd: 0 });
    const { data } = golden("grad/input_grad");
    const sum = raw.map((_, i) => [0, 4096, 8192].reduce((total, from) => total + Math.abs(data[from + i]!), 0));
    expect(largestDifference(raw, sum)).toBeLessThan(1e-5);
    const [once, twice, other] = await Promise.all([1, 1, 2].map(async (seed) => mapOf(smoothGrad, { samples: 2, seed })));
    expect(once!.raw).toEqual(twice!.raw);
    expect(once!.raw).not.toEqual(other!.raw);
  });
  test("AttnLRP finds the object, and in one export what it finds in the other", async () => {
    const [named, anonymous] = [await mapOf(attnLrp, {}), await mapOf(attnLrp, {}, { file: VIT[1]! })];
    expect(largestDifference(named.raw, anonymous.raw)).toBeLessThan(1e-5);
    const [x0, y0, x1, y1] = goldenScalar<[number, number, number, number]>("box");
    const sizes = named.raw.map(Math.abs);
    const total = sizes.reduce((sum, value) => sum + value, 0);
    const inside = sizes.reduce((sum, value, i) => {
      const [x, y] = [i % 64, Math.floor(i / 64)];
      return x >= x0 && x < x1 && y >= y0 && y < y1 ? sum + value : sum;
    }, 0);
    expect(inside / total).toBeGreaterThan((2 * ((x1 - x0) * (y1 - y0))) / 4096);
  });
  test.each([attentionRollout, cgw1, cgw2, partialLrp, tam] as const)(
    "$title refuses a model without a class token",
    async (method) => {
      const refused = mapOf(method as MethodDescriptor<string, OptionsSchema, "map">, {}, { file: "tiny_swin_op17.onnx" });
      await expect(refused).rejects.toMatchObject({ code: "MODEL_UNUSABLE" });
    },
  );
  test("Grad-CAM explains a model without a class token, and a distilled one has two tokens before its patches", async () => {
    const { shown } = await mapOf(gradCam, {}, { file: "tiny_swin_op17.onnx" });
    expect(Math.max(...shown)).toBe(1);
    const { raw } = await mapOf(cgw2, {}, { file: "tiny_deit_distilled_op16.onnx" });
    expect(raw).toHaveLength(64);
  });
  test("a classifier that gives answers alone is refused", async () => {
    await using open = await openClassifier(tinyModel(VIT[0]!), { threads: 1 });
    const classifier: Classifier = { ...sizesOf(open), classify: (x) => open.classify(x), probe: (x) => open.probe(x) };
    const steps = gradient.explain({ classifier, image, options: {}, targetOf: () => target });
    await steps.next();
    await expect(steps.next()).rejects.toMatchObject({ code: "MODEL_UNUSABLE" });
  });
});

describe("quadrature", () => {
  test("Gauss–Legendre is exact for polynomials of degree 2n − 1", () => {
    for (const n of [1, 2, 5, 50]) {
      for (const power of [0, 1, 2 * n - 1]) {
        const sum = gaussLegendre(n).reduce((total, { at, weight }) => total + weight * at ** power, 0);
        expect(sum).toBeCloseTo(1 / (power + 1), 12);
      }
    }
  });
  test("the trapezoid has both ends", () => {
    expect(trapezoid(3)).toEqual([
      { at: 0, weight: 1 / 6 },
      { at: 0.5, weight: 1 / 3 },
      { at: 1, weight: 1 / 6 },
    ]);
  });
});

function sizesOf({ height, width, classes, batchSize }: Classifier) {
  return { height, width, classes, batchSize };
}
