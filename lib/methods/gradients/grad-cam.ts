import { z } from "zod";
import type { Tensor } from "../../tensor/tensor.ts";
import { derivativesOf } from "../attention/tokens.ts";
import { defineMethod } from "../method.ts";
import { GRADIENT_COST, mapEvidence, mapTensors, resizedMap } from "../one-class.ts";

/** Grad-CAM on the patch embeddings, the input of the last block's attention, as the authors of ViT-CX compare with it. */
export const gradCam = defineMethod({
  name: "GRAD_CAM",
  title: "Grad-CAM",
  kind: "paper",
  citation:
    "Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra: Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization. ICCV 2017.",
  description: "The embedding maps, each weighted by the mean gradient of the class, summed, and what is below 0 cut off.",
  reading: "Bright is where the embeddings are that raise the class.",
  activity: "differentiating the class by the embeddings",
  unit: "passes",
  options: z.object({}),
  needs: "gradients",
  everyClass: false,
  tensors: mapTensors,
  cost: () => GRADIENT_COST,

  async *explain({ classifier, image, targetOf }) {
    const { probabilities, embeddings } = await classifier.classify(image);
    yield { stage: "classified", probabilities };
    const found = await derivativesOf(classifier, { image, target: targetOf(probabilities) }, ["embeddings-gradient"]);
    const map = weightedMaps(embeddings, found["embeddings-gradient"]);
    return mapEvidence(classifier, probabilities, { ...map, data: map.data.map((value) => Math.max(0, value)) });
  },

  saliencyOf: resizedMap,
});

/** Σ_c w_c A_c with w_c the mean of ∂y/∂A_c over the positions, equations (1) and (2) without the ReLU; of A and ∂y/∂A, [D, h, w]. */
export function weightedMaps({ shape, data }: Tensor, gradient: Tensor): Tensor {
  const [channels, height, width] = shape as [number, number, number];
  const size = height * width;
  const sum = new Float64Array(size);
  for (let channel = 0; channel < channels; channel++) {
    const from = channel * size;
    const weight = gradient.data.subarray(from, from + size).reduce((total, value) => total + value, 0) / size;
    for (let i = 0; i < size; i++) sum[i]! += weight * data[from + i]!;
  }
  return { shape: [height, width], data: Float32Array.from(sum) };
}
