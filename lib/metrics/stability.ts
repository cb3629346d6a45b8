import { spearman } from "./correlation.ts";
import type { Saliency } from "./saliency.ts";

/**
 * Stability: the mean of Spearman's rank correlation over all pairs of R ≥ 2 maps that differ in the seed of their noise alone,
 * −1 … 1. More is better: at 1 the map says nothing of the dice. Nobody reports it, though a method that draws its noise once for
 * each mask, as ViT-CX does, depends on the draw.
 */
export function stability(maps: readonly Saliency[]): number {
  const pairs = maps.flatMap((a, i) => maps.slice(i + 1).map((b) => spearman(a.data, b.data)));
  return pairs.reduce((sum, correlation) => sum + correlation, 0) / pairs.length;
}
