import { sizesOf, type Tensor } from "../tensor/tensor.ts";
import { encodePng } from "./png.ts";

/** The RGB bytes, [N, 3], of N values in [0, 1]. */
export type Colouring = (values: ArrayLike<number>) => Uint8Array;

/** A map [h, w] in [0, 1] as a PNG of w × h pixels. */
export function drawHeatmap(map: Tensor<Float32Array | Float64Array>, colouring: Colouring): Promise<Uint8Array> {
  const [height, width] = sizesOf(map, 2);
  return encodePng(colouring(map.data), width, height);
}

/** The same as a `data:` URI, for grids of a few hundred values that are shown while the work goes on. */
export async function heatmapDataUri(map: Tensor<Float32Array | Float64Array>, colouring: Colouring): Promise<string> {
  return `data:image/png;base64,${Buffer.from(await drawHeatmap(map, colouring)).toString("base64")}`;
}
