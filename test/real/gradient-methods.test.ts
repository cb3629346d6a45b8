import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Classifier } from "../../lib/classifier/classifier.ts";
import { normalise } from "../../lib/image/preprocess.ts";
import { bindMethod } from "../../lib/methods/bind.ts";
import { methods, type MethodConfig } from "../../lib/methods/registry.ts";
import { spearman } from "../../lib/metrics/correlation.ts";
import { drain } from "../../lib/steps/steps.ts";
import { type InstalledModel, readCatalog } from "../../lib/vit/catalog/catalog.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { half, hasReference, readReference, reference } from "./reference.ts";

const photographs = ["00", "05", "06"];

/** By the reference's name: the method, the options of the public implementation, and the least rank correlation. */
const cases = [
  ["rollout", "ROLLOUT", {}, 0.999],
  ["partial_lrp", "PARTIAL_LRP", {}, 0.999],
  ["cgw2", "CGW2", {}, 0.999],
  ["tam", "TAM", {}, 0.999],
  ["gradcam", "GRAD_CAM", {}, 0.999],
  ["integrated_grad", "INTEGRATED_GRADIENTS", {}, 0.999],
] as const;

describe.skipIf(!hasReference)("public implementations on photographs, with an ImageNet ViT-Ti/16 (VITCX_REFERENCE)", () => {
  let model: InstalledModel;
  let classifier: Classifier & AsyncDisposable;
  beforeAll(async () => {
    model = (await readCatalog([join(reference, "models")])).get("vit-tiny-patch16-224");
    classifier = await openClassifier(model);
    return () => classifier[Symbol.asyncDispose]();
  }, 120_000);

  async function mapOf(number: string, method: string, given: object): Promise<Float64Array> {
    const options = methods.find(({ name }) => name === method)!.options.parse(given);
    const bound = bindMethod({ method, options } as MethodConfig);
    let target = 0;
    const top = (probabilities: Float32Array) => (target = probabilities.indexOf(Math.max(...probabilities)));
    const input = normalise(readReference(`golden-real/${number}_input_u8.bin`), 224, 224, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);
    const evidence = await drain(bound.explain(classifier, input, top));
    return bound.saliencyOf(bound.evidenceOf(evidence, target), classifier).data;
  }

  test.each(cases.flatMap((each) => photographs.map((number) => [number, ...each] as const)))(
    "%s: %s, rank correlation",
    async (number, reference, method, options, least) => {
      const map = await mapOf(number, method, options);
      expect(spearman(map, half(`golden-real/baselines/${number}_${reference}_f16.bin`))).toBeGreaterThan(least);
    },
  );

  // Open: correlations of 0.956, 0.874 and 0.902 were found. The golden tiny ViT's CGW1 is equal, so the cause is in this graph.
  test.fails.each(photographs)("%s: CGW1, rank correlation: a known difference", async (number) => {
    const map = await mapOf(number, "CGW1", {});
    expect(spearman(map, half(`golden-real/baselines/${number}_cgw1_f16.bin`))).toBeGreaterThan(0.999);
  });

  // Open: 0.372, 0.535 and 0.676 were found. The reference does not record its standard deviation and samples.
  test.fails.each(photographs)(
    "%s: a known difference: SmoothGrad is as like the reference as its own seeds are to each other",
    async (number) => {
      const [one, other] = [await mapOf(number, "SMOOTH_GRAD", { seed: 1 }), await mapOf(number, "SMOOTH_GRAD", { seed: 2 })];
      const own = spearman(one, other);
      expect(spearman(one, half(`golden-real/baselines/${number}_smoothgrad_f16.bin`))).toBeGreaterThan(own - 0.05);
    },
  );
});
