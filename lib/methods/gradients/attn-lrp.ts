import { z } from "zod";
import { derivativesOf } from "../attention/tokens.ts";
import { defineMethod } from "../method.ts";
import { GRADIENT_COST, mapEvidence, mapTensors, resizedMap } from "../one-class.ts";
import { acrossColours } from "./colours.ts";

/**
 * AttnLRP with the ε rule of all linear maps, ε = 0 (the paper's γ rule for them is not taken): the input times the gradient by changed
 * rules, summed over the colours.
 */
export const attnLrp = defineMethod({
  name: "ATTN_LRP",
  title: "AttnLRP",
  kind: "other",
  citation:
    "Achtibat, Hatefi, Dreyer, Jain, Wiegand, Lapuschkin, Samek: AttnLRP: Attention-Aware Layer-Wise Relevance Propagation for Transformers. ICML 2024.",
  description: "The logit of the class, shared among the pixels by rules of relevance for attention, norms and activations.",
  reading: "Red pixels speak for the class, blue ones against it.",
  activity: "propagating relevance to the pixels",
  unit: "passes",
  options: z.object({}),
  needs: "gradients",
  everyClass: false,
  tensors: mapTensors,
  cost: () => GRADIENT_COST,

  async *explain({ classifier, image, targetOf }) {
    const { probabilities } = await classifier.classify(image);
    yield { stage: "classified", probabilities };
    const found = await derivativesOf(classifier, { image, target: targetOf(probabilities) }, ["image-attn-lrp"]);
    const relevance = found["image-attn-lrp"].data.map((value, i) => value * image.data[i]!);
    return mapEvidence(
      classifier,
      probabilities,
      acrossColours(relevance, image.shape, (r, g, b) => r + g + b),
    );
  },
  isSigned: () => true,

  saliencyOf: resizedMap,
});
