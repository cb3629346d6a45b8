import { type Extent, sizesOf, type Tensor } from "../tensor/tensor.ts";
import { type MaskGrids, normaliseMaps } from "./mask-grids.ts";

/** K masks, one a cluster, the largest cluster first. */
export interface MergedMasks {
  /** [K, h, w], in the precision in which the classifier sees them and files keep them. */
  readonly masks: Tensor;
  /** Of each mask the ascending indices of the masks that it is the mean of. */
  readonly members: readonly (readonly number[])[];
}

/**
 * The mean of each cluster's masks, min-max normalised again over the H × W pixels. The paper's text leaves the mean as it is;
 * we follow the authors' code. `labels` holds the number of each mask's cluster, 0 … K−1. Clusters of one size keep the order
 * of their numbers. A cluster whose mean is constant is left out.
 */
export function mergeMasks(masks: MaskGrids, labels: Int32Array, extent: Extent): MergedMasks {
  const [, h, w] = sizesOf(masks, 3);
  const clusters: number[][] = [];
  labels.forEach((label, n) => (clusters[label] ??= []).push(n));
  clusters.sort((a, b) => b.length - a.length);
  const means = new Float64Array(clusters.length * h * w);
  clusters.forEach((members, k) => {
    for (const n of members) {
      for (let i = 0; i < h * w; i++) means[k * h * w + i]! += masks.data[n * h * w + i]! / members.length;
    }
  });
  const merged = normaliseMaps({ shape: [clusters.length, h, w], data: means }, extent);
  return {
    masks: { shape: merged.masks.shape, data: Float32Array.from(merged.masks.data) },
    members: merged.kept.map((k) => clusters[k]!),
  };
}
