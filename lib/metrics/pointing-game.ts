import { z } from "zod";
import { type Box, type PixelSize, pixelsIn } from "./box.ts";
import { defineMetric } from "./metric.ts";
import type { Saliency } from "./saliency.ts";

/** The tolerance that the paper's evaluation has, in pixels of the image. */
const PAPER_TOLERANCE = 15;

/**
 * The pointing game (Zhang et al., Top-Down Neural Attention by Excitation Backprop, IJCV 2018, section 4.1): whether the map's
 * maximum lies on the object, or no more than `tolerance` pixels of the image away. Of equal maxima the first in reading order
 * points, as in the authors' code. The share of hits over many images is the metric: more is better. With a tolerance of 0 it must
 * lie inside. The paper takes the mean over classes of each class's share.
 */
export function pointingGame(
  saliency: Saliency,
  boxes: readonly Box[],
  tolerance: number = PAPER_TOLERANCE,
  pixel: PixelSize = { width: 1, height: 1 },
): boolean {
  const [height, width] = saliency.shape;
  const inside = pixelsIn(boxes, { height: height!, width: width! });
  const { x, y } = mostSalient(saliency);
  const distance = (i: number) => Math.hypot((x - (i % width!)) * pixel.width, (y - Math.floor(i / width!)) * pixel.height);
  return inside.some((on, i) => on === 1 && distance(i) <= tolerance);
}

/** The most salient pixel, the first of equals. */
export function mostSalient({ shape, data }: Saliency): { readonly x: number; readonly y: number } {
  let best = 0;
  for (let i = 1; i < data.length; i++) if (data[i]! > data[best]!) best = i;
  return { x: best % shape[1]!, y: Math.floor(best / shape[1]!) };
}

export const pointingGameMetric = defineMetric({
  name: "POINTING_GAME",
  title: "Pointing game",
  description: "1 where the most salient pixel lies in a box or near one, otherwise 0.",
  citation: "Zhang et al.: Top-Down Neural Attention by Excitation Backprop. IJCV 2018, section 4.1.",
  higherIsBetter: true,
  options: z.object({
    tolerance: z.number().min(0).max(100).default(PAPER_TOLERANCE).meta({
      title: "How near",
      description: "So far from a box still counts; the paper has 15.",
      unit: "pixels of the image",
    }),
  }),
  needs: "boxes",
  byDefault: true,
  hasClassMean: true,
  passes: () => 0,
  compute: ({ saliency, boxes, pixel, options }) => ({ value: Number(pointingGame(saliency, boxes, options.tolerance, pixel)) }),
});
