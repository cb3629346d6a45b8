import { maskMap } from "../../lib/explanation/results/small-map.ts";
import type { ScoredMask } from "../../lib/explanation/results/summary.ts";
import { builder } from "../builder.ts";
import { SmallMapType } from "./small-map.ts";

export const MaskType = builder.objectRef<ScoredMask & { readonly masks: Parameters<typeof maskMap>[0] }>("Mask").implement({
  description:
    "A cluster of the model's patch embeddings as a mask, and its causal impact on one class: score = masked + whole − noisy.",
  fields: (t) => ({
    index: t.exposeInt("index", { description: "Its row in masks.npy and scores.npy; the largest cluster has 0." }),
    clusterSize: t.exposeInt("clusterSize", { description: "How many embedding maps it is the mean of." }),
    score: t.exposeFloat("score", { description: "The debiased causal impact score, equation (2)." }),
    masked: t.exposeFloat("masked", { description: "f(y | X∘M + (1−M)∘Z): the probability for what the mask keeps alone." }),
    whole: t.exposeFloat("whole", { description: "f(y | X): the probability for the whole image." }),
    noisy: t.exposeFloat("noisy", {
      description: "f(y | X + (1−M)∘Z): the probability for the whole image under the same noise.",
    }),
    map: t.field({
      type: SmallMapType,
      description: "The mask itself.",
      resolve: ({ masks, index }) => maskMap(masks, index),
    }),
  }),
});
