import { z } from "zod";
import type { Tensor } from "../tensor/tensor.ts";
import { blur } from "./blur.ts";

/** What is seen where pixels are taken away: 0 in normalised space, black, the image's mean colour, or the image blurred. */
export type CanvasKind = "zero" | "black" | "mean" | "blurred";

/** The option that chooses one. */
export const canvasOption = (kind: CanvasKind) =>
  z
    .enum(["zero", "black", "mean", "blurred"])
    .default(kind)
    .meta({
      title: "In place of a pixel",
      description: "What is seen where pixels are taken away.",
      valueDescriptions: {
        zero: "0 in normalised space: the model's mean colour",
        black: "Black",
        mean: "The image's mean colour",
        blurred: "The image, blurred",
      },
    });

/** How a model's pixels are normalised: (value − mean) / sd of values 0 … 1, each a channel. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly sd: readonly number[];
}

/** The canvas, [1, 3, H, W] in normalised pixel space, of an image [3, H, W]. RISE deletes to `zero` and inserts into `blurred`. */
export function canvasOf(kind: CanvasKind, image: Tensor, { mean, sd }: Normalisation): Tensor {
  const shape = [1, ...image.shape];
  const size = image.data.length / image.shape[0]!;
  const plain = (colour: (channel: number) => number): Tensor => {
    const data = new Float32Array(image.data.length);
    for (let c = 0; c < image.shape[0]!; c++) data.fill(colour(c), c * size, (c + 1) * size);
    return { shape, data };
  };
  switch (kind) {
    case "zero":
      return plain(() => 0);
    case "black":
      return plain((c) => -mean[c]! / sd[c]!);
    case "mean":
      return plain((c) => image.data.subarray(c * size, (c + 1) * size).reduce((sum, value) => sum + value, 0) / size);
    case "blurred":
      return { shape, data: blur(image).data };
  }
}
