import { z } from "zod";
import type { Classifier } from "../classifier/classifier.ts";
import type { CurvePoints, MetricResult } from "./metric.ts";
import { pixelOrder, type Saliency } from "./saliency.ts";
import { type MetricProgress, scorePixelMasks, type PerturbationTarget } from "./score-pixel-masks.ts";

export interface Curve extends CurvePoints {
  readonly areaUnderCurve: number;
}

/** RISE's number of steps, 224 pixels each of an image of 224 × 224. */
const PAPER_STEPS = 224;

/** The option of a metric that is such a curve: how many steps it has. */
export const stepsOption = z
  .int()
  .min(1)
  .max(1000)
  .default(PAPER_STEPS)
  .meta({ title: "Steps", description: "Into so many parts the pixels are divided; RISE has 224." });

/** The area under the curve, and the curve. */
export async function* curveResult(steps: AsyncGenerator<MetricProgress, Curve>): AsyncGenerator<MetricProgress, MetricResult> {
  const { areaUnderCurve: value, shares, probabilities } = yield* steps;
  return { value, curve: { shares, probabilities } };
}

/**
 * Changes ⌈HW/steps⌉ pixels a step, the most salient first; the last step may be shorter, and with it there may be fewer steps
 * than asked for. `before` is what a pixel is until its turn comes: 1 the image, 0 the canvas.
 */
export async function* perturbationCurve(
  classifier: Classifier,
  saliency: Saliency,
  subject: PerturbationTarget,
  before: 0 | 1,
  steps: number = PAPER_STEPS,
): AsyncGenerator<MetricProgress, Curve> {
  const order = pixelOrder(saliency);
  const pixels = Math.ceil(order.length / steps);
  const points = Math.ceil(order.length / pixels) + 1;
  const probabilities = yield* scorePixelMasks(classifier, subject, points, (k, into) => {
    into.fill(before);
    for (const pixel of order.subarray(0, k * pixels)) into[pixel] = 1 - before;
  });
  return {
    shares: Array.from(probabilities, (_, k) => Math.min(1, (k * pixels) / order.length)),
    probabilities: [...probabilities],
    areaUnderCurve: areaUnderCurve(probabilities),
  };
}

/** (Σ y_i − y_0/2 − y_n/2) / n of a curve's n + 1 points, by the trapezoid rule, as RISE has it: as though all steps were equally long. */
export function areaUnderCurve(values: Float64Array): number {
  const ends = (values[0]! + values[values.length - 1]!) / 2;
  return (values.reduce((sum, value) => sum + value, 0) - ends) / (values.length - 1);
}
