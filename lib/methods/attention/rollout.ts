import { z } from "zod";
import { defineMethod } from "../method.ts";
import { mapTensors, resizedMap } from "../one-class.ts";
import { explainTokens, meanOverHeads, rollout } from "./tokens.ts";

/** Attention rollout: the class token's row of the product of (Ā + I) / 2 over the blocks, Ā the mean over heads, as in Chefer et al.'s code. */
export const attentionRollout = defineMethod({
  name: "ROLLOUT",
  title: "Rollout",
  kind: "paper",
  citation: "Abnar, Zuidema: Quantifying Attention Flow in Transformers. ACL 2020.",
  description: "The attention of all blocks multiplied up, with the residual connections; it does not know the class.",
  reading: "What the class token attends to through all blocks. It is the same for every class.",
  activity: "following the attention through the blocks",
  unit: "passes",
  options: z.object({
    firstBlock: z.int().min(1).max(64).default(1).meta({
      title: "First block",
      description: "The first block that is taken into account, counted from 1, the block next to the image.",
    }),
  }),
  needs: "class-token",
  everyClass: true,
  tensors: mapTensors,
  cost: () => ({ variants: 1, passesPerVariant: 1, rows: 0 }),

  explain: (task) =>
    explainTokens(task, ["attention"], ({ attention }) => rollout(meanOverHeads(attention), task.options.firstBlock - 1)),

  saliencyOf: resizedMap,
});
