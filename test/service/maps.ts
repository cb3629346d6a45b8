import { readFile } from "node:fs/promises";
import { decodeNpy } from "../../lib/tensor/npy.ts";
import { sizesOf, type Tensor } from "../../lib/tensor/tensor.ts";
import type { Client } from "./client.ts";
import { example } from "./place.ts";

/** [x0, y0, x1, y1), in pixels. */
type Box = readonly [number, number, number, number];

/** The objects in the examples, and where they are. */
export const objects = JSON.parse(await readFile(example("boxes.json"), "utf8")) as Record<
  string,
  readonly { readonly label: string; readonly box: Box }[]
>;

/** One class's map of an explanation: its numbers, and its two pictures' bytes. */
export async function downloadMap(client: Client, id: string, target: string) {
  const query = "query ($id: ID!, $target: ID) { explanation(id: $id) { saliencyMap(target: $target) { raw overlay heatmap } } }";
  const { explanation } = await client.ask<{ explanation: { saliencyMap: Record<"raw" | "overlay" | "heatmap", string> } }>(
    query,
    { id, target },
  );
  const { raw, overlay, heatmap } = explanation.saliencyMap;
  const map = decodeNpy(await client.download(raw));
  return { map, pictures: [await client.download(overlay), await client.download(heatmap)] };
}

/** The mean of a map [height, width] over a box. */
export function meanInside(map: Tensor, [x0, y0, x1, y1]: Box): number {
  const [, width] = sizesOf(map, 2);
  let sum = 0;
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) sum += map.data[y * width + x]!;
  }
  return sum / ((x1 - x0) * (y1 - y0));
}

/** The mean of a map over all that is not in the box. */
export function meanOutside(map: Tensor, box: Box): number {
  const [height, width] = sizesOf(map, 2);
  const inside = (box[2] - box[0]) * (box[3] - box[1]);
  const sum = meanInside(map, [0, 0, width, height]) * width * height;
  return (sum - meanInside(map, box) * inside) / (width * height - inside);
}
