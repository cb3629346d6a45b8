import { resizeBilinear } from "../tensor/bilinear.ts";
import type { Extent, Tensor } from "../tensor/tensor.ts";
import type { ClassEvidence, Cost, Evidence } from "./method.ts";

/** What a method that explains one class a run keeps: its map, [h, w]. */
export const mapTensors = { map: "shared" } as const;

/** The most that one forward and backward pass takes, as passes of the model. */
export const GRADIENT_COST: Cost = { variants: 1, passesPerVariant: 3, rows: 0 };

export function mapEvidence(extent: Extent, probabilities: Float32Array, map: Tensor): Evidence<"map"> {
  const { height, width } = extent;
  return { extent: { height, width }, probabilities, tensors: { map } };
}

/** The map, bilinearly resized to the pixels wanted. */
export function resizedMap({ tensors: { map } }: ClassEvidence<"map">, { height, width }: Extent): Tensor<Float64Array> {
  return resizeBilinear(map, height, width);
}
