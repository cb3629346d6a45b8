import { extremes } from "../tensor/extremes.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Min-max normalises a map to [0, 1] for showing, in float32. A constant map becomes all 0. */
export function normaliseMap(map: Tensor<Float64Array>): Tensor {
  const [low, high] = extremes(map.data);
  const scale = high > low ? 1 / (high - low) : 0;
  // Half the time of Float32Array.from with a function, which goes through an iterator.
  return { shape: map.shape, data: new Float32Array(map.data.map((value) => (value - low) * scale)) };
}

/** A map with a sign, for showing with 0 in the middle: v → ½ + v / (2 max |v|), in float32. A map of zeros becomes all ½. */
export function normaliseSigned(map: Tensor<Float64Array>): Tensor {
  let largest = 0;
  for (const value of map.data) largest = Math.max(largest, Math.abs(value));
  const scale = largest > 0 ? 0.5 / largest : 0;
  return { shape: map.shape, data: new Float32Array(map.data.map((value) => 0.5 + value * scale)) };
}
