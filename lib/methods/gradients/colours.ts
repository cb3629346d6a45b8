import type { Tensor } from "../../tensor/tensor.ts";

/** One number a pixel of the three that it has, [3, H, W] → [H, W]. */
export function acrossColours(
  values: ArrayLike<number>,
  shape: readonly number[],
  combine: (red: number, green: number, blue: number) => number,
): Tensor {
  const [, height, width] = shape as [number, number, number];
  const size = height * width;
  const data = Float32Array.from({ length: size }, (_, i) => combine(values[i]!, values[size + i]!, values[2 * size + i]!));
  return { shape: [height, width], data };
}
