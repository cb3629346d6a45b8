import { z } from "zod";
import { CONTROL_COST, controlTensors, explainControl, mapOfPixels } from "./control.ts";
import { defineMethod } from "./method.ts";
import type { Extent, Tensor } from "../tensor/tensor.ts";

/** The usual σ, as a share of the image's sides. */
const SD = 0.25;

/** A control: photographers centre what they show, so a bump in the middle finds objects without looking. */
export const centreGaussian = defineMethod({
  name: "CENTRE_GAUSSIAN",
  title: "Centre Gaussian",
  kind: "control",
  citation: "",
  description: "A control that does not look: a Gaussian bump in the middle of the image.",
  reading: "A control: it looks at neither the image nor the model. It is a bump in the middle, whatever the class.",
  activity: "drawing a bump in the middle",
  unit: "masks",
  options: z.object({}),
  needs: "probabilities",
  everyClass: true,
  tensors: controlTensors,
  cost: () => CONTROL_COST,
  explain: explainControl,
  saliencyOf: (_, extent) => gaussianMap(extent, SD),
});

/** exp(−((x − cx)² / W² + (y − cy)² / H²) / 2σ²) about the image's centre, [H, W]; σ = `sd`, above 0. */
export function gaussianMap({ height, width }: Extent, sd: number): Tensor<Float64Array> {
  return mapOfPixels({ height, width }, (y, x) => {
    const squared = ((x + 0.5) / width - 0.5) ** 2 + ((y + 0.5) / height - 0.5) ** 2;
    return Math.exp(-squared / (2 * sd ** 2));
  });
}
