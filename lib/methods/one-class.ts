import { resizeBilinear } from "../tensor/bilinear.ts";
import type { Extent, Tensor } from "../tensor/tensor.ts";
import type { ClassEvidence, Evidence } from "./method.ts";

/** What a method that explains one class a run keeps: its map, [h, w]. */
export const mapTensors = { map: "shared" } as const;

export function mapEvidence(extent: Extent, probabilities: Float32Array, map: Tensor): Evidence<"map"> {
  const { height, width } = extent;
  return { extent: { height, width }, probabilities, tensors: { map } };
}

/** The map, bilinearly resized to the pixels wanted. */
export function resizedMap({ tensors: { map } }: ClassEvidence<"map">, { height, width }: Extent): Tensor<Float64Array> {
  return resizeBilinear(map, height, width);
}
