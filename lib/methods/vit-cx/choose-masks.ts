import { completeLinkage, cutTree } from "../../masks/complete-linkage.ts";
import { cosineDistance, meanPairwiseSimilarity } from "../../masks/cosine-distance.ts";
import { normaliseMaps } from "../../masks/mask-grids.ts";
import { mergeMasks } from "../../masks/merged-masks.ts";
import { paperMasks, randomMasks } from "../../masks/random-masks.ts";
import type { Extent, Tensor } from "../../tensor/tensor.ts";

/** Which masks are scored: the clusters' (the paper's method), every ViT mask, or as many random ones as there are clusters. */
export type MaskSource = "merged" | "all" | "random";

export interface ChosenMasks {
  /** [K, h, w]. */
  readonly masks: Tensor;
  /** How many ViT masks each is the mean of, [K]; a random mask counts as one. */
  readonly clusterSizes: readonly number[];
  /** mSim, of the ViT masks before clustering. */
  readonly meanSimilarity: number;
}

/** Samples a cell of a random mask: the mask is a grid as well, so that nothing grows with masks times pixels. */
const SAMPLES = 4;

/** The masks of the patch embeddings, [D, h, w], for an image of H × W pixels (sections 3.1 and 3.2). */
export function chooseMasks(
  embeddings: Tensor,
  { masks: source = "merged", delta, seed }: { masks?: MaskSource; delta: number; seed: number },
  extent: Extent,
): ChosenMasks {
  const vitMasks = normaliseMaps(embeddings, extent).masks;
  const distance = cosineDistance(vitMasks, extent);
  const meanSimilarity = meanPairwiseSimilarity(distance);
  const count = vitMasks.shape[0]!;
  const alone = Int32Array.from({ length: count }, (_, n) => n);
  const clusters = source === "all" ? alone : cutTree(completeLinkage(distance), count, delta);
  const { masks, members } = mergeMasks(vitMasks, clusters, extent);
  if (source !== "random") return { masks, clusterSizes: members.map((cluster) => cluster.length), meanSimilarity };

  const side = SAMPLES * paperMasks.gridSize;
  const random = randomMasks(members.length, { ...paperMasks, seed }, { height: side, width: side });
  return { masks: random, clusterSizes: members.map(() => 1), meanSimilarity };
}
