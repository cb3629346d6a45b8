import { z } from "zod";
import { defineMethod } from "../method.ts";
import { seed } from "../../options/seed.ts";
import { allScores, diagnose, maskTerms, saliencyOf, vitCxTensors } from "./evidence.ts";
import { explain } from "./explain.ts";

/** ViT-CX, the method that this project exists for: explain.ts reads as the paper's algorithm. */
export const vitCx = defineMethod({
  name: "VIT_CX",
  title: "ViT-CX",
  kind: "paper",
  citation: "Xie, Li, Cao, Zhang: ViT-CX: Causal Explanation of Vision Transformers. IJCAI 2023.",
  description:
    "Masks of the model's own patch embeddings, clustered, each scored for its causal impact on the class, and corrected for the pixel coverage bias.",
  reading: "What the model's patch embeddings tell apart was tried as masks: bright is what the class rests on.",
  activity: "making masks of the model's patch embeddings",
  unit: "masks",
  options: z.object({
    delta: z.number().gt(0).max(2).meta({
      title: "Clustering threshold δ",
      description:
        "Masks at this cosine distance or further are not merged: a smaller δ leaves more masks and takes longer. The paper has 0.1 for ViT and DeiT, 0.05 for Swin.",
    }),
    noiseSd: z.number().min(0).max(10).default(0.1).meta({
      title: "Noise",
      description:
        "The standard deviation of the noise that replaces what a mask hides; the paper has 0.1. 0: the score is not debiased.",
      unit: "standard deviations of the model's input",
    }),
    noiseDraws: z.int().min(1).max(64).default(1).meta({
      title: "Draws of the noise",
      description:
        "Each mask's score is the mean over so many draws; an even number comes in antithetic pairs. The paper has 1. More make a steadier map and take as many times longer.",
    }),
    masks: z
      .enum(["merged", "all", "random"])
      .default("merged")
      .meta({
        title: "Masks",
        description: "Which masks are scored; all but the first are ablations of the paper's Table 2.",
        valueDescriptions: {
          merged: "One for each cluster of embedding maps, as in the paper",
          all: "Every embedding map's: variant 1 of Table 2",
          random: "As many random ones as there are clusters: variant 2 of Table 2",
        },
      }),
    corrected: z.boolean().default(true).meta({
      title: "Corrected for the pixel coverage bias",
      description: "Whether the map is divided by the pixel coverage, equation (5), as in the paper.",
    }),
    seed,
  }),
  modelDefaults: ({ delta }) => ({ delta }),
  ablations: [
    { title: "1 All masks", options: { masks: "all" } },
    { title: "2 Random masks", options: { masks: "random" } },
    // f(y|X) and f(y|X + 0) cancel, and s is f(y|X∘M).
    { title: "3 Undebiased score", options: { noiseSd: 0 } },
    { title: "4 Uncorrected", options: { corrected: false } },
    { title: "5 Undebiased, uncorrected", options: { noiseSd: 0, corrected: false } },
  ],
  needs: "patch-embeddings",
  everyClass: true,
  tensors: vitCxTensors,
  // There are few batches, but where nothing is merged.
  reportEvery: { ms: 0, share: 0.02 },
  cost: ({ noiseDraws, masks }, { channels }) => ({
    variants: channels,
    passesPerVariant: 2 * noiseDraws,
    rows: masks === "all" ? channels : 0,
  }),
  explain: ({ classifier, image, options }) => explain(classifier, image, options),
  saliencyOf: (evidence, extent, { corrected }) => saliencyOf(evidence, extent, corrected),
  derivedNames: ["scores"],
  derived: (evidence) => ({ scores: allScores(evidence) }),
  maskTerms,
  diagnose,
});
