import { z } from "zod";
import type { Classifier } from "../classifier/classifier.ts";
import { canvasOption } from "./canvas.ts";
import { defineMetric } from "./metric.ts";
import { type Curve, curveResult, perturbationCurve, stepsOption } from "./perturbation-curve.ts";
import type { Saliency } from "./saliency.ts";
import type { MetricProgress, PerturbationTarget } from "./score-pixel-masks.ts";

/**
 * Insertion (Petsiuk, Das, Saenko, RISE, BMVC 2018, section 4.2): the probability of the class while the image's pixels come in on
 * the canvas, the most salient first. A large area under the curve is better: what matters came early. `steps` is at least 1, at
 * most HW; the paper's 224 where it is left out.
 */
export function insertion(
  classifier: Classifier,
  saliency: Saliency,
  subject: PerturbationTarget,
  steps?: number,
): AsyncGenerator<MetricProgress, Curve> {
  return perturbationCurve(classifier, saliency, subject, 0, steps);
}

export const insertionMetric = defineMetric({
  name: "INSERTION",
  title: "Insertion",
  description:
    "Area under the curve of the class's probability as pixels are brought back, the most salient first; 0 to 1: the sooner it rises, the larger.",
  citation: "Petsiuk, Das, Saenko: RISE: Randomized Input Sampling for Explanation of Black-box Models. BMVC 2018, section 4.2.",
  higherIsBetter: true,
  options: z.object({ canvas: canvasOption("blurred"), steps: stepsOption }),
  needs: null,
  byDefault: true,
  curve: "brought back",
  passes: ({ steps }) => steps + 1,
  compute({ classifier, saliency, image, target, canvasOf, options }) {
    const subject = { image, target, canvas: canvasOf(options.canvas) };
    return curveResult(insertion(classifier, saliency, subject, options.steps));
  },
});
