import { z } from "zod";
import { type Box, intersectionOverUnion } from "./box.ts";
import { defineMetric } from "./metric.ts";
import { normalised, type Saliency } from "./saliency.ts";

/** The overlap from which on an object counts as found. */
const FOUND = 0.5;

export interface Localisation {
  /** Around the largest salient region; null where nothing is salient. */
  readonly box: Box | null;
  /** Its intersection over union with the object's box that it fits best, 0 … 1. */
  readonly overlap: number;
  /** Whether that is enough. */
  readonly found: boolean;
}

/**
 * Weakly supervised localisation (Zhou et al., CVPR 2016, section 3.2; the paper of ViT-CX, appendix C): the box around the largest
 * connected region of the pixels whose saliency, normalised to [0, 1], is at least the threshold, above 0 and at most 1, against
 * the object's. Zhou et al. cut at 0.2; which threshold suits a map depends on how its values are spread. The share of objects found over many images is the metric: more is better. Pixels touch at corners as well.
 */
export function localise(saliency: Saliency, boxes: readonly Box[], threshold: number): Localisation {
  const box = largestRegion(
    normalised(saliency).map((value) => (value >= threshold ? 1 : 0)),
    saliency.shape[1]!,
  );
  const overlap = box === null ? 0 : Math.max(0, ...boxes.map((truth) => intersectionOverUnion(box, truth)));
  return { box, overlap, found: overlap >= FOUND };
}

/** The box around the largest region of 1s, the first of equals. */
function largestRegion(salient: Float64Array, width: number): Box | null {
  const height = salient.length / width;
  const seen = new Uint8Array(salient.length);
  let largest: { size: number; box: Box } | null = null;
  for (let start = 0; start < salient.length; start++) {
    if (!salient[start] || seen[start]) continue;
    let [left, top, right, bottom, size] = [width, height, 0, 0, 0];
    const waiting = [start];
    seen[start] = 1;
    while (waiting.length > 0) {
      const pixel = waiting.pop()!;
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x + 1), Math.min(top, y), Math.max(bottom, y + 1)];
      size++;
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const neighbour = v * width + u;
          if (!salient[neighbour] || seen[neighbour]) continue;
          seen[neighbour] = 1;
          waiting.push(neighbour);
        }
      }
    }
    if (largest === null || size > largest.size) largest = { size, box: { left, top, right, bottom } };
  }
  return largest?.box ?? null;
}

export const localisationMetric = defineMetric({
  name: "LOCALISATION",
  title: "Localisation",
  description:
    "Overlap (intersection over union) of the box around the map's largest salient region with the best of the boxes; 0 to 1, from 0.5 on it is a find.",
  citation:
    "Zhou et al.: Learning Deep Features for Discriminative Localization. CVPR 2016, section 3.2; the paper of ViT-CX, appendix C.",
  higherIsBetter: true,
  options: z.object({
    threshold: z
      .number()
      .min(0.01)
      .max(1)
      .default(0.5)
      .meta({ title: "Salient from", description: "Of the map normalised to [0, 1]: the least value that is salient." }),
  }),
  needs: "boxes",
  byDefault: true,
  findsBox: true,
  counted: (value) => Number(value >= FOUND),
  passes: () => 0,
  compute({ saliency, boxes, options }) {
    const { overlap, box } = localise(saliency, boxes, options.threshold);
    return { value: overlap, box };
  },
});
