import type { Classifier } from "../classifier/classifier.ts";
import { type Curve, perturbationCurve } from "./perturbation-curve.ts";
import type { Saliency } from "./saliency.ts";
import type { MetricProgress, PerturbationTarget } from "./score-pixel-masks.ts";

/**
 * Deletion (Petsiuk, Das, Saenko, RISE, BMVC 2018, section 4.2): the probability of the class while the image's pixels give way to
 * the canvas, the most salient first. A small area under the curve is better: what mattered went early. `steps` is at least 1, at
 * most HW; the paper's 224 where it is left out.
 */
export function deletion(
  classifier: Classifier,
  saliency: Saliency,
  subject: PerturbationTarget,
  steps?: number,
): AsyncGenerator<MetricProgress, Curve> {
  return perturbationCurve(classifier, saliency, subject, 1, steps);
}
