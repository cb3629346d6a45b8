import { z } from "zod";
import { mapSteps } from "../steps/steps.ts";
import { sfc32, uniform } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { seedOption } from "../options/seed.ts";
import { defineMetric } from "./metric.ts";
import { normalised, type Saliency } from "./saliency.ts";
import type { MetricProgress } from "./score-pixel-masks.ts";
import { firstStream } from "../tensor/streams.ts";

export interface SensitivityOptions {
  /** r, how far a value of the image may move, in normalised pixel space, above 0. */
  readonly radius: number;
  /** How many neighbours of the image are tried, at least 1. */
  readonly samples: number;
  /** An integer, 0 … 2^32 − 1. */
  readonly seed: number;
}

/**
 * Max-sensitivity (Yeh et al., On the (In)fidelity and Sensitivity of Explanations, NeurIPS 2019, definition 2): how far the map
 * moves when the image hardly does,
 *
 *     max_{‖δ‖∞ ≤ r} ‖S(X + δ) − S(X)‖ / ‖S(X)‖
 *
 * of maps normalised to [0, 1], over random δ; the division makes maps comparable (as in captum). Less is better; a constant map has
 * sensitivity 0. `explain` makes the map of an image [3, H, W] as the given one was made of X, the image, for the same class. What
 * it yields is where the work can be stopped, and is yielded as how many of the neighbours are done.
 */
export async function* maxSensitivity(
  saliency: Saliency,
  explain: (image: Tensor) => AsyncGenerator<unknown, Saliency>,
  image: Tensor,
  { radius, samples, seed }: SensitivityOptions,
): AsyncGenerator<MetricProgress, number> {
  const map = normalised(saliency);
  const norm = euclidean(map);
  let largest = 0;
  for (let sample = 0; sample < samples; sample++) {
    const state = sfc32(seed, firstStream.neighbours + sample);
    const near = image.data.map((value) => value + radius * (2 * uniform(state) - 1));
    const steps = explain({ shape: image.shape, data: near });
    const moved = normalised(yield* mapSteps(steps, () => ({ done: sample, total: samples })));
    const distance = euclidean(moved.map((value, i) => value - map[i]!));
    largest = Math.max(largest, norm === 0 ? 0 : distance / norm);
    yield { done: sample + 1, total: samples };
  }
  return largest;
}

function euclidean(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
}

export const maxSensitivityMetric = defineMetric({
  name: "MAX_SENSITIVITY",
  title: "Max-sensitivity",
  description:
    "How far the map moves, against its size, when the image hardly does; 0 and up. Each sample takes as long as the map.",
  citation: "Yeh et al.: On the (In)fidelity and Sensitivity of Explanations. NeurIPS 2019, definition 2.",
  higherIsBetter: false,
  options: z.object({
    radius: z.number().min(0.0001).max(10).default(0.02).meta({
      title: "How far the image moves",
      description: "At most so far each value of the model's input; captum has 0.02.",
      unit: "standard deviations of the model's input",
    }),
    samples: z
      .int()
      .min(1)
      .max(100)
      .default(10)
      .meta({ title: "Samples", description: "Images that are tried, each with a map of its own; captum has 10." }),
    seed: seedOption("Of these images; the same seed draws the same ones."),
  }),
  needs: null,
  byDefault: false,
  passes: ({ samples }, passesOfAMap) => samples * passesOfAMap,
  async *compute({ saliency, explainAgain, image, options }) {
    return { value: yield* maxSensitivity(saliency, (near) => explainAgain({ image: near }), image, options) };
  },
});
