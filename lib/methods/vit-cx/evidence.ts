import { causalImpactScore } from "../../causal-impact-score/causal-impact-score.ts";
import { correctCoverage, pixelCoverage } from "../../pixel-coverage-bias/correct-coverage.ts";
import { weightedSum } from "../../pixel-coverage-bias/weighted-sum.ts";
import type { Extent, Tensor } from "../../tensor/tensor.ts";

/**
 * All that a run of ViT-CX learns about an image: enough for a saliency map of any of the C classes, without the model.
 * K masks, the largest cluster first.
 */
export interface Evidence {
  /** f(·|X), [C]. */
  readonly probabilities: Float32Array;
  /** [K, h, w]. */
  readonly masks: Tensor;
  /** How many ViT masks each is the mean of, [K]. */
  readonly clusterSizes: readonly number[];
  /** f(· | X∘M_k + (1−M_k)∘Z_k), [K, C]. */
  readonly masked: Tensor;
  /** f(· | X + (1−M_k)∘Z_k), [K, C]. */
  readonly noisy: Tensor;
}

/** The evidence of the first `count` masks alone. */
export function firstMasks(evidence: Evidence, count: number): Evidence {
  const rows = ({ shape, data }: Tensor): Tensor => {
    const length = data.length / shape[0];
    return { shape: [count, ...shape.slice(1)], data: data.subarray(0, count * length) };
  };
  return {
    probabilities: evidence.probabilities,
    masks: rows(evidence.masks),
    clusterSizes: evidence.clusterSizes.slice(0, count),
    masked: rows(evidence.masked),
    noisy: rows(evidence.noisy),
  };
}

/** s_k(y) of equation (2) for one class y, [K]. */
export function scoresOf(evidence: Evidence, target: number): Float64Array {
  const classes = evidence.probabilities.length;
  return Float64Array.from(evidence.clusterSizes, (_, k) => {
    const at = k * classes + target;
    return causalImpactScore(evidence.masked.data[at], evidence.probabilities[target], evidence.noisy.data[at]);
  });
}

/** S(x) of equation (5) for one class, [H, W], not normalised; of equation (1) where it is not to be corrected. */
export function saliencyOf(evidence: Evidence, target: number, extent: Extent, corrected = true): Tensor<Float64Array> {
  const scores = scoresOf(evidence, target);
  if (!corrected) return weightedSum(evidence.masks, (k) => scores[k], extent);
  return correctCoverage(evidence.masks, scores, extent);
}

/** The paper's diagnostics of a run. */
export interface Diagnostics {
  /** Mean of the scores. Above 0.9 is causal overdetermination: nearly any part of the image suffices for the class (section 4.3). */
  readonly scoreMean: number;
  /** Population variance of the scores. */
  readonly scoreVariance: number;
  /** Least and largest ρ(x): how unevenly the masks cover the pixels. */
  readonly coverageMin: number;
  readonly coverageMax: number;
}

export function diagnose(evidence: Evidence, target: number, extent: Extent): Diagnostics {
  const scores = scoresOf(evidence, target);
  const coverage = pixelCoverage(evidence.masks, extent).data;
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value / values.length, 0);
  const scoreMean = mean(scores);
  return {
    scoreMean,
    scoreVariance: mean(scores.map((score) => (score - scoreMean) ** 2)),
    coverageMin: coverage.reduce((least, value) => Math.min(least, value), Infinity),
    coverageMax: coverage.reduce((largest, value) => Math.max(largest, value), 0),
  };
}
