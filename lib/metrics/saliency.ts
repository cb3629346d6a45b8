import { extremes } from "../tensor/extremes.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * A saliency map, [H, W], of which larger is more salient. Give the map as it was computed, in float64: one that was normalised for
 * showing, in float32, has ties. No metric here depends on where the map's zero lies or on its scale; those that need a zero
 * (energy, sparseness, localisation, sensitivity) min-max normalise the map first.
 */
export type Saliency = Tensor<Float32Array | Float64Array>;

/** The indices of the pixels, the most salient first; of equally salient ones the first in reading order first. */
export function pixelOrder({ data }: Saliency): Uint32Array {
  return Uint32Array.from(data.keys()).sort((a, b) => data[b]! - data[a]! || a - b);
}

/** The map's values, min-max normalised to [0, 1] in float64; those of a constant map are all 0. */
export function normalised({ data }: Saliency): Float64Array {
  const [low, high] = extremes(data);
  const spread = high - low;
  return Float64Array.from(data, (value) => (spread > 0 ? (value - low) / spread : 0));
}
