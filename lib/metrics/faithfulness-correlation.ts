import { z } from "zod";
import { type Generator, sfc32, uniform } from "../tensor/random.ts";
import type { Classifier } from "../classifier/classifier.ts";
import { canvasOption } from "./canvas.ts";
import { pearson } from "./correlation.ts";
import { seedOption } from "../options/seed.ts";
import { defineMetric } from "./metric.ts";
import type { Saliency } from "./saliency.ts";
import { type MetricProgress, scorePixelMasks, type PerturbationTarget } from "./score-pixel-masks.ts";
import { firstStream } from "../tensor/streams.ts";

export interface FaithfulnessOptions {
  /** How many sets of pixels are taken away, at least 2. */
  readonly runs: number;
  /** |S|, pixels in a set, at least 1, fewer than HW. */
  readonly subsetSize: number;
  /** An integer, 0 … 2^32 − 1. */
  readonly seed: number;
}

/**
 * Faithfulness correlation (Bhatt, Weller, Moura, Evaluating and Aggregating Feature-based Model Explanations, IJCAI 2020,
 * definition 3):
 *
 *     corr_S( Σ_{x ∈ S} S(x), f(y|X) − f(y|X without S) )
 *
 * Pearson's, over random sets of pixels S that give way to the canvas, −1 … 1; more is better. It compares differences, so f(y|X)
 * itself need not be asked for.
 */
export async function* faithfulnessCorrelation(
  classifier: Classifier,
  saliency: Saliency,
  subject: PerturbationTarget,
  { runs, subsetSize, seed }: FaithfulnessOptions,
): AsyncGenerator<MetricProgress, number> {
  const sums = new Float64Array(runs);
  const remaining = yield* scorePixelMasks(classifier, subject, runs, (run, into) => {
    into.fill(1);
    for (const pixel of randomSubset(saliency.data.length, subsetSize, sfc32(seed, firstStream.pixelSets + run))) {
      into[pixel] = 0;
      sums[run]! += saliency.data[pixel]!;
    }
  });
  return pearson(
    sums,
    remaining.map((probability) => -probability),
  );
}

/** `size` different numbers of 0 … length − 1, each set equally likely: the start of Fisher and Yates' shuffle. */
function randomSubset(length: number, size: number, state: Generator): Uint32Array {
  const numbers = Uint32Array.from({ length }, (_, i) => i);
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor(uniform(state) * (length - i));
    [numbers[i], numbers[j]] = [numbers[j]!, numbers[i]!];
  }
  return numbers.subarray(0, size);
}

export const faithfulnessCorrelationMetric = defineMetric({
  name: "FAITHFULNESS_CORRELATION",
  title: "Faithfulness correlation",
  description: "How the saliency of random sets of pixels goes with the drop in probability without them; −1 to 1.",
  citation: "Bhatt, Weller, Moura: Evaluating and Aggregating Feature-based Model Explanations. IJCAI 2020, definition 3.",
  higherIsBetter: true,
  options: z.object({
    canvas: canvasOption("zero"),
    runs: z.int().min(2).max(1000).default(100).meta({ title: "Sets", description: "How many sets; more make the value surer." }),
    subsetSize: z
      .int()
      .min(1)
      .max(10_000)
      .default(224)
      .meta({ title: "Pixels in a set", description: "Fewer than the model's input has.", unit: "pixels" }),
    seed: seedOption("Of the sets; the same seed draws the same ones."),
  }),
  needs: null,
  byDefault: false,
  passes: ({ runs }) => runs,
  check: ({ subsetSize }, { width, height }) =>
    subsetSize < width * height ? undefined : `subsetSize\` to be less than the model's ${width} × ${height} pixels`,
  async *compute({ classifier, saliency, image, target, canvasOf, options: { canvas, ...options } }) {
    const subject = { image, target, canvas: canvasOf(canvas) };
    return { value: yield* faithfulnessCorrelation(classifier, saliency, subject, options) };
  },
});
