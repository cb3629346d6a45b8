import { z } from "zod";
import { mapSteps } from "../steps/steps.ts";
import { spearman } from "./correlation.ts";
import { defineMetric } from "./metric.ts";
import type { Saliency } from "./saliency.ts";

/**
 * Stability: the mean of Spearman's rank correlation over all pairs of R ≥ 2 maps that differ in the seed of their noise alone,
 * −1 … 1. More is better: at 1 the map does not depend on the seed. Nobody reports it, though a method that draws its noise once for
 * each mask, as ViT-CX does, depends on the draw.
 */
export function stability(maps: readonly Saliency[]): number {
  const pairs = maps.flatMap((a, i) => maps.slice(i + 1).map((b) => spearman(a.data, b.data)));
  return pairs.reduce((sum, correlation) => sum + correlation, 0) / pairs.length;
}

export const stabilityMetric = defineMetric({
  name: "STABILITY",
  title: "Stability",
  description:
    "Mean rank correlation (Spearman) of the maps of different seeds, −1 to 1. Each further seed takes as long as the map.",
  citation: "",
  higherIsBetter: true,
  options: z.object({
    seeds: z
      .int()
      .min(2)
      .max(32)
      .default(3)
      .meta({ title: "Seeds", description: "Maps that differ in their seed alone, the explanation's own among them." }),
  }),
  needs: "seed",
  byDefault: false,
  passes: ({ seeds }, passesOfAMap) => (seeds - 1) * passesOfAMap,
  async *compute({ saliency, explainAgain, options }) {
    const maps = [saliency];
    const total = options.seeds - 1;
    for (let done = 0; done < total; done++) {
      maps.push(yield* mapSteps(explainAgain({ nextSeed: done + 1 }), () => ({ done, total })));
      yield { done: done + 1, total };
    }
    return { value: stability(maps) };
  },
});
