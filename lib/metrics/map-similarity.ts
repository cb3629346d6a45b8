import { spearman } from "./correlation.ts";
import { hogSimilarity } from "./hog-similarity.ts";
import type { Saliency } from "./saliency.ts";
import { structuralSimilarity } from "./structural-similarity.ts";

/** How alike two maps are, in the three ways of the sanity checks; each −1 … 1, where 1 is the same. */
export interface MapSimilarity {
  /** Spearman's rank correlation of their pixels. */
  readonly spearman: number;
  /** SSIM. */
  readonly ssim: number;
  /** Correlation of their histograms of oriented gradients. */
  readonly hog: number;
}

/**
 * How alike two maps [H, W] are, as Adebayo et al. (Sanity Checks for Saliency Maps, NeurIPS 2018, section 3) compare them, both
 * normalised to [0, 1]. Null where one is constant or has a number that is not finite: such a map ranks no pixel, so there is
 * nothing to compare.
 */
export function mapSimilarity(a: Saliency, b: Saliency): MapSimilarity | null {
  if (!isMap(a) || !isMap(b)) return null;
  return { spearman: spearman(a.data, b.data), ssim: structuralSimilarity(a, b), hog: hogSimilarity(a, b) };
}

function isMap({ data }: Saliency): boolean {
  const [first] = data;
  return data.every((value) => Number.isFinite(value)) && data.some((value) => value !== first);
}
