import { z } from "zod";
import { type Box, pixelsIn } from "./box.ts";
import { defineMetric } from "./metric.ts";
import { normalised, type Saliency } from "./saliency.ts";

/**
 * The energy-based pointing game (Wang et al., Score-CAM, CVPR workshops 2020, section 4.3): Σ_{x in a box} S(x) / Σ_x S(x), 0 … 1,
 * of the map normalised to [0, 1]; more is better. A constant map has no energy: 0.
 */
export function energyInside(saliency: Saliency, boxes: readonly Box[]): number {
  const [height, width] = saliency.shape;
  const inside = pixelsIn(boxes, { height: height!, width: width! });
  const energy = normalised(saliency);
  const total = energy.reduce((sum, value) => sum + value, 0);
  return total === 0 ? 0 : energy.reduce((sum, value, i) => sum + inside[i]! * value, 0) / total;
}

export const energyInsideMetric = defineMetric({
  name: "ENERGY_INSIDE",
  title: "Energy inside",
  description: "The share of the map's energy that lies in the boxes; 0 to 1.",
  citation:
    "Wang et al.: Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks. CVPR workshops 2020, section 4.3.",
  higherIsBetter: true,
  options: z.object({}),
  needs: "boxes",
  byDefault: true,
  passes: () => 0,
  compute: ({ saliency, boxes }) => ({ value: energyInside(saliency, boxes) }),
});
