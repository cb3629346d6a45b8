import { z } from "zod";
import { defineMethod } from "../method.ts";
import { mapTensors, resizedMap } from "../one-class.ts";
import { explainTokens, meanOverHeads, residualProduct } from "./tokens.ts";

/** R ← R + E_h[(∇A ∘ A)⁺] R over the blocks, equations (5) and (6), from R = I; the class token's row. */
export const cgw2 = defineMethod({
  name: "CGW2",
  title: "CGW2",
  kind: "paper",
  citation:
    "Chefer, Gur, Wolf: Generic Attention-model Explainability for Interpreting Bi-Modal and Encoder-Decoder Transformers. ICCV 2021.",
  description: "Attention weighted by the gradient of the class, added up through the blocks.",
  reading: "Bright is what the class token attends to where more attention raises the class.",
  activity: "differentiating the class by the attention",
  unit: "passes",
  options: z.object({}),
  needs: "class-token",
  everyClass: false,
  tensors: mapTensors,
  cost: () => ({ variants: 1, passesPerVariant: 4, rows: 0 }),

  explain: (task) =>
    explainTokens(task, ["attention", "attention-gradient"], (found) =>
      residualProduct(meanOverHeads(found.attention, (a, g) => Math.max(0, a * g), found["attention-gradient"])),
    ),

  saliencyOf: resizedMap,
});
