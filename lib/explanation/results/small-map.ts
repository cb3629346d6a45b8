import { heatmapDataUri } from "../../image/heatmap.ts";
import { colourise } from "../../saliency-map/colours.ts";
import { resizeBilinear } from "../../tensor/bilinear.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { SmallMap } from "../log/events.ts";

/** A map [h, w] in [0, 1], as a log keeps it: 256 levels. */
export function toSmallMap({ shape, data }: Tensor): SmallMap {
  const levels = Uint8Array.from(data, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
  return { height: shape[0]!, width: shape[1]!, values: Buffer.from(levels).toString("base64") };
}

/** Mask k of K, [K, h, w], as it is between the first and last pixel of each patch. */
export function maskMap(masks: Tensor, k: number): SmallMap {
  const h = masks.shape[1]!;
  const w = masks.shape[2]!;
  const grid = { shape: [h, w], data: masks.data.subarray(k * h * w, (k + 1) * h * w) };
  const { shape, data } = resizeBilinear(grid, 2 * h, 2 * w);
  return toSmallMap({ shape, data: Float32Array.from(data) });
}

/** Its values, 0 … 1, row by row. */
export function smallMapValues({ values }: SmallMap): number[] {
  return Array.from(Buffer.from(values, "base64"), (level) => level / 255);
}

/** A PNG of it as a data URI. */
export function smallMapDataUri(map: SmallMap): Promise<string> {
  const data = Float32Array.from(smallMapValues(map));
  return heatmapDataUri({ shape: [map.height, map.width], data }, (values) => colourise(values, "turbo"));
}
