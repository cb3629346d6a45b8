import { z } from "zod";
import { defineMetric } from "./metric.ts";
import { normalised, type Saliency } from "./saliency.ts";

/**
 * Sparseness (Chalasani et al., ICML 2020, section 3): the Gini index of the map normalised to [0, 1],
 *
 *     G = Σ_i (2i − n − 1) S_(i) / (n Σ_i S_(i)),   S_(1) ≤ … ≤ S_(n)
 *
 * 0 where all pixels are equally salient, towards 1 where one alone is. More is better, as an explanation that points at everything
 * explains nothing; but a sparse map may still be wrong.
 */
export function sparseness(saliency: Saliency): number {
  const ascending = normalised(saliency).sort();
  const n = ascending.length;
  const total = ascending.reduce((sum, value) => sum + value, 0);
  const weighted = ascending.reduce((sum, value, i) => sum + (2 * (i + 1) - n - 1) * value, 0);
  return total === 0 ? 0 : weighted / (n * total);
}

export const sparsenessMetric = defineMetric({
  name: "SPARSENESS",
  title: "Sparseness",
  description: "Gini index of the map, 0 to 1: 0 where all pixels are as salient, towards 1 where few hold it all.",
  citation: "Chalasani et al.: Concise Explanations of Neural Networks using Adversarial Training. ICML 2020, section 3.",
  higherIsBetter: true,
  options: z.object({}),
  needs: null,
  byDefault: false,
  passes: () => 0,
  compute: ({ saliency }) => ({ value: sparseness(saliency) }),
});
