import { z } from "zod";
import { defineMethod } from "../method.ts";
import { mapTensors, resizedMap } from "../one-class.ts";
import { explainTokens, meanOverHeads, residualProduct } from "./tokens.ts";

/**
 * The product of I + E_h[(∇A ∘ R)⁺] over the blocks, equations (13) and (14), with the relevances R of the attention by the authors' rules.
 * These divide by products of queries and keys, of which some are nearly 0: through many blocks the last bit of a pixel decides on the
 * relevance of the first ones, in the authors' code as here (`test/real/gradient-methods.test.ts`).
 */
export const cgw1 = defineMethod({
  name: "CGW1",
  title: "CGW1",
  kind: "paper",
  citation: "Chefer, Gur, Wolf: Transformer Interpretability Beyond Attention Visualization. CVPR 2021.",
  description:
    "Relevance of the attention times its gradient, added up through the blocks. In deep models, rounding changes it visibly.",
  reading: "Bright is what the class token attends to where that is relevant for the class.",
  activity: "propagating relevance to the attention",
  unit: "passes",
  options: z.object({
    firstBlock: z.int().min(1).max(64).default(1).meta({
      title: "First block",
      description: "The first block that is taken into account, counted from 1, the block next to the image.",
    }),
  }),
  needs: "class-token",
  everyClass: false,
  tensors: mapTensors,
  cost: () => ({ variants: 1, passesPerVariant: 8, rows: 0 }),

  explain: (task) =>
    explainTokens(task, ["attention-gradient", "attention-relevance"], (found) => {
      const weighted = meanOverHeads(found["attention-gradient"], (g, r) => Math.max(0, g * r), found["attention-relevance"]);
      return residualProduct(weighted, task.options.firstBlock - 1);
    }),

  saliencyOf: resizedMap,
});
