import { z } from "zod";
import { drawMask, type DrawnMask, paperMasks, randomMask } from "../masks/random-masks.ts";
import { sumOfMasks } from "../masks/sum-of-masks.ts";
import type { Extent, Tensor } from "../tensor/tensor.ts";
import { defineMethod } from "./method.ts";
import { scoreKept } from "./score-kept.ts";
import { seed } from "../options/seed.ts";

/** RISE: the expected probability of the class over random masks that leave the pixel visible. */
export const rise = defineMethod({
  name: "RISE",
  title: "RISE",
  kind: "paper",
  citation: "Petsiuk, Das, Saenko: RISE: Randomized Input Sampling for Explanation of Black-box Models. BMVC 2018.",
  description: "The mean probability over random masks that leave a pixel visible.",
  reading: "Random masks were tried: bright is what was visible when the class was probable.",
  activity: "trying random masks",
  unit: "masks",
  options: z.object({
    numMasks: z.int().min(1).max(8000).default(4000).meta({
      title: "Random masks",
      description: "N, how many masks are drawn; the paper has 4000 for VGG16. More make a cleaner map and take longer.",
    }),
    gridSize: z.int().min(1).max(28).default(paperMasks.gridSize).meta({
      title: "Cells of a mask",
      description: "s, cells of a mask along each side; the paper has 7.",
    }),
    p1: z.number().gt(0).max(1).default(paperMasks.p1).meta({
      title: "Visible share",
      description: "p₁, the probability that a cell stays visible; the paper has 0.5.",
    }),
    seed,
  }),
  formerOptions: { count: "numMasks", cells: "gridSize", visible: "p1" },
  needs: "probabilities",
  everyClass: true,
  tensors: { scores: "per-class" },
  cost: ({ numMasks }) => ({ variants: numMasks, passesPerVariant: 1, rows: numMasks }),

  async *explain({ classifier, image, options }) {
    const { height, width } = classifier;
    const { probabilities } = await classifier.classify(image);
    yield { stage: "classified", probabilities };
    const write = (k: number, into: Float32Array) => into.set(randomMask(k, options, { height, width }).data);
    return yield* scoreKept(classifier, image, { count: options.numMasks, height, width, write }, { probabilities, tensors: {} });
  },

  saliencyOf({ tensors: { scores } }, extent, options) {
    return expectedScore(Float64Array.from(scores.data), (k) => drawMask(k, options), options.p1, extent);
  },
});

/** S(x) = 1 / (N p₁) · Σ_k f(y|X∘M_k) M_k(x), equation (6) of RISE, for N scores and masks and the probability p₁ of a visible cell. */
export function expectedScore(
  scores: Float64Array,
  maskOf: (k: number) => DrawnMask,
  p1: number,
  extent: Extent,
): Tensor<Float64Array> {
  const weights = scores.map((score) => score / (scores.length * p1));
  return sumOfMasks(weights, maskOf, extent);
}
