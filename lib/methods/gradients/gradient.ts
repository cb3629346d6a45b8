import { z } from "zod";
import { derivativesOf } from "../attention/tokens.ts";
import { defineMethod } from "../method.ts";
import { GRADIENT_COST, mapEvidence, mapTensors, resizedMap } from "../one-class.ts";
import { acrossColours } from "./colours.ts";

/** The plain gradient of the class's logit with respect to the image, section 3: M = max_c |∂y/∂x_c|. */
export const gradient = defineMethod({
  name: "GRADIENT",
  title: "Gradient",
  kind: "other",
  citation:
    "Simonyan, Vedaldi, Zisserman: Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps. ICLR workshop 2014.",
  description: "How much the class changes with each pixel: the gradient, of the three colours the largest in size.",
  reading: "Bright is where the class changes most with a small change of the pixel, be it for better or worse.",
  activity: "differentiating the class by the pixels",
  unit: "passes",
  options: z.object({}),
  needs: "gradients",
  everyClass: false,
  tensors: mapTensors,
  cost: () => GRADIENT_COST,

  async *explain({ classifier, image, targetOf }) {
    const { probabilities } = await classifier.classify(image);
    yield { stage: "classified", probabilities };
    const found = await derivativesOf(classifier, { image, target: targetOf(probabilities) }, ["image-gradient"]);
    const map = acrossColours(found["image-gradient"].data, image.shape, (r, g, b) =>
      Math.max(Math.abs(r), Math.abs(g), Math.abs(b)),
    );
    return mapEvidence(classifier, probabilities, map);
  },

  saliencyOf: resizedMap,
});
