import type { Saliency } from "../../metrics/saliency.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Classifier } from "../../classifier/classifier.ts";
import { methodOf } from "./methods.ts";
import type { MethodConfig } from "../request/options.ts";

/**
 * The map of a class of a preprocessed image [3, H, W] as a method computes it, [H, W], for those who want nothing but the map. Yields
 * null after each batch of requests to the model; a caller that stops iterating stops the work.
 */
export async function* mapOf(
  classifier: Classifier,
  image: Tensor,
  config: MethodConfig,
  target: number,
): AsyncGenerator<null, Saliency> {
  const method = methodOf(config);
  const steps = method.explain(classifier, image);
  let step = await steps.next();
  for (; !step.done; step = await steps.next()) yield null;
  return method.saliencyOf(step.value, target, classifier);
}
