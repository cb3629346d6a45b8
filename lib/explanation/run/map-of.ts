import type { Classifier } from "../../classifier/classifier.ts";
import { bindMethod } from "../../methods/bind.ts";
import type { MethodConfig } from "../../methods/registry.ts";
import type { Saliency } from "../../metrics/saliency.ts";
import { mapSteps, type Steps } from "../../steps/steps.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/**
 * The map of a class of a preprocessed image [3, H, W] as a method computes it, [H, W], for those who want nothing but the map. Yields
 * null after each batch; a caller that stops iterating stops the work.
 */
export async function* mapOf(classifier: Classifier, image: Tensor, config: MethodConfig, target: number): Steps<null, Saliency> {
  const method = bindMethod(config);
  const evidence = yield* mapSteps(
    method.explain(classifier, image, () => target),
    () => null,
  );
  return method.saliencyOf(method.evidenceOf(evidence, target), classifier);
}
