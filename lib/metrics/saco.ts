import { z } from "zod";
import type { Classifier } from "../classifier/classifier.ts";
import { canvasOption } from "./canvas.ts";
import { defineMetric } from "./metric.ts";
import { pixelOrder, type Saliency } from "./saliency.ts";
import { type MetricProgress, scorePixelMasks, type PerturbationTarget } from "./score-pixel-masks.ts";

/** The paper's number of groups. */
const PAPER_GROUPS = 10;

/** Means of equal pixels differ by the last digits, relative to themselves. */
const ROUNDING = 1e-12;

/**
 * SaCo, the salience-guided faithfulness coefficient (Wu et al., On the Faithfulness of Vision Transformer Explanations, CVPR 2024,
 * algorithm 1), −1 … 1; more is better, 0 for a map that knows nothing. The pixels, in the order of their saliency, fall into
 * `groups` G_i of one size, each of which gives way to the canvas (in the paper the image's mean). The paper's 10 groups where the
 * number is left out; it is at least 2, at most HW.
 */
export async function* saco(
  classifier: Classifier,
  saliency: Saliency,
  subject: PerturbationTarget,
  groups: number = PAPER_GROUPS,
): AsyncGenerator<MetricProgress, number> {
  const order = pixelOrder(saliency);
  const group = (i: number) =>
    order.subarray(Math.floor((i * order.length) / groups), Math.floor(((i + 1) * order.length) / groups));
  const remaining = yield* scorePixelMasks(classifier, subject, groups, (i, into) => {
    into.fill(1);
    for (const pixel of group(i)) into[pixel] = 0;
  });
  const salience = Float64Array.from({ length: groups }, (_, i) => meanOf(group(i), saliency));
  const influence = remaining.map((probability) => -probability);
  return faithfulnessCoefficient(salience, influence);
}

/**
 * F = Σ_{i<j} w_ij / Σ_{i<j} |w_ij|, where w_ij = s_i − s_j if G_i, the more salient group, changes the prediction at least as much
 * as G_j, and −(s_i − s_j) if not. Only differences of the changes matter, so f(y|X) may be left out of them. The salience s_i is
 * the mean of a group's pixels, where the paper has the sum: the same for groups of one size, and of groups that differ by a pixel
 * the sum would depend on where the map's zero lies. 0 where all groups are equally salient but for rounding.
 */
export function faithfulnessCoefficient(salience: Float64Array, influence: Float64Array): number {
  let [sum, total] = [0, 0];
  for (let i = 0; i < salience.length; i++) {
    for (let j = i + 1; j < salience.length; j++) {
      const difference = salience[i]! - salience[j]!;
      sum += influence[i]! >= influence[j]! ? difference : -difference;
      total += Math.abs(difference);
    }
  }
  const largest = salience.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  return total <= ROUNDING * largest ? 0 : sum / total;
}

function meanOf(pixels: Uint32Array, { data }: Saliency): number {
  return pixels.reduce((sum, pixel) => sum + data[pixel]!, 0) / pixels.length;
}

export const sacoMetric = defineMetric({
  name: "SACO",
  title: "SaCo",
  description: "Whether a more salient group of pixels costs more probability when it is taken away; −1 to 1.",
  citation: "Wu et al.: On the Faithfulness of Vision Transformer Explanations. CVPR 2024, algorithm 1.",
  higherIsBetter: true,
  options: z.object({
    canvas: canvasOption("mean"),
    groups: z
      .int()
      .min(2)
      .max(100)
      .default(PAPER_GROUPS)
      .meta({ title: "Groups", description: "Into so many groups the pixels are divided; the paper has 10." }),
  }),
  needs: null,
  byDefault: false,
  passes: ({ groups }) => groups,
  async *compute({ classifier, saliency, image, target, canvasOf, options: { canvas, groups } }) {
    return { value: yield* saco(classifier, saliency, { image, target, canvas: canvasOf(canvas) }, groups) };
  },
});
