import type { Extent, Tensor } from "../tensor/tensor.ts";
import type { Cost, Evidence, MethodTask, Progress } from "./method.ts";

/** What a control keeps: no scores, K = 0. */
export const controlTensors = { scores: "per-class" } as const;

export const CONTROL_COST: Cost = { variants: 0, passesPerVariant: 0, rows: 0 };

/** The run of a method that looks neither at the image nor at the class: every comparison needs one. */
export async function* explainControl({
  classifier,
  image,
}: MethodTask<unknown>): AsyncGenerator<Progress<"scores">, Evidence<"scores">> {
  const { probabilities } = await classifier.classify(image);
  yield { stage: "classified", probabilities };
  const extent = { height: classifier.height, width: classifier.width };
  return { extent, probabilities, tensors: { scores: { shape: [0, classifier.classes], data: new Float32Array(0) } } };
}

/** A map [H, W] of a value for each pixel. */
export function mapOfPixels({ height, width }: Extent, valueAt: (y: number, x: number) => number): Tensor<Float64Array> {
  const data = new Float64Array(height * width);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * width + x] = valueAt(y, x);
  return { shape: [height, width], data };
}
