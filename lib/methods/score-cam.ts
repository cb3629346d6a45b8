import { z } from "zod";
import { normaliseMaps } from "../masks/mask-grids.ts";
import { weightedSum } from "../pixel-coverage-bias/weighted-sum.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { defineMethod } from "./method.ts";
import { scoreKept } from "./score-kept.ts";

/**
 * Score-CAM as the paper of ViT-CX compares with it: equation (1), S(x) = Σ_i f(y|X∘M_i) M_i(x) over the masks of all D patch embedding
 * maps, without noise and without correction.
 */
export const scoreCam = defineMethod({
  name: "SCORE_CAM",
  title: "Score-CAM",
  kind: "paper",
  citation:
    "Wang, Wang, Du, Yang, Zhang, Ding, Mardziel, Hu: Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks. CVPR workshops 2020.",
  description: "All embedding maps as masks, each weighted by the probability that it leaves, without noise or correction.",
  reading: "Each embedding map was tried as a mask: the map is their sum, each weighted by the probability that it left.",
  activity: "trying each of the model's embedding maps as a mask",
  unit: "masks",
  options: z.object({}),
  needs: "patch-embeddings",
  everyClass: true,
  tensors: { masks: "shared", scores: "per-class" },
  cost: (_, { channels }) => ({ variants: channels, passesPerVariant: 1, rows: channels }),

  async *explain({ classifier, image }) {
    const { probabilities, embeddings } = await classifier.classify(image);
    yield { stage: "classified", probabilities };
    const grids = normaliseMaps(embeddings, classifier).masks;
    const [count, height, width] = grids.shape as [number, number, number];
    const masks: Tensor = { shape: grids.shape, data: Float32Array.from(grids.data) };
    const size = height * width;
    const write = (k: number, into: Float32Array) => into.set(masks.data.subarray(k * size, (k + 1) * size));
    return yield* scoreKept(classifier, image, { count, height, width, write }, { probabilities, tensors: { masks } });
  },

  saliencyOf({ tensors: { masks, scores } }, extent) {
    const rows = scores.data.length;
    return weightedSum(masks, (k) => (k < rows ? scores.data[k]! : 0), extent);
  },
});
