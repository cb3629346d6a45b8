import { z } from "zod";
import { defineMethod } from "../method.ts";
import { mapTensors, resizedMap } from "../one-class.ts";
import { classRow, explainTokens, meanOverHeads } from "./tokens.ts";

/** E_h[R⁺] of the last block, the class token's row, with the rules of the code of Chefer et al. that the paper's comparison uses. */
export const partialLrp = defineMethod({
  name: "PARTIAL_LRP",
  title: "Partial LRP",
  kind: "paper",
  citation:
    "Voita, Talbot, Moiseev, Sennrich, Titov: Analyzing Multi-Head Self-Attention: Specialized Heads Do the Heavy Lifting, the Rest Can Be Pruned. ACL 2019.",
  description: "The relevance of the last block's attention.",
  reading: "Bright is what the class token attends to in the last block where that is relevant for the class.",
  activity: "propagating relevance to the last attention",
  unit: "passes",
  options: z.object({}),
  needs: "class-token",
  everyClass: false,
  tensors: mapTensors,
  cost: () => ({ variants: 1, passesPerVariant: 2, rows: 0 }),

  explain: (task) =>
    explainTokens(task, ["last-attention-relevance"], (found) => {
      const { tokens, blocks } = meanOverHeads(found["last-attention-relevance"], (relevance) => Math.max(0, relevance));
      return classRow(blocks[0]!, tokens);
    }),

  saliencyOf: resizedMap,
});
