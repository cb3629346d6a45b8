import { causalImpactScore } from "../../causal-impact-score/causal-impact-score.ts";
import { correctCoverage, pixelCoverage } from "../../pixel-coverage-bias/correct-coverage.ts";
import { weightedSum } from "../../pixel-coverage-bias/weighted-sum.ts";
import type { Extent, Tensor } from "../../tensor/tensor.ts";
import { type ClassEvidence, type Diagnostics, type Evidence, type MaskTerms } from "../method.ts";

/** What a run keeps of its K masks, the largest cluster first. */
export const vitCxTensors = {
  /** M_k, [K, h, w]. */
  masks: "shared",
  /** f(· | X∘M_k + (1−M_k)∘Z_k), [K, C]. */
  "masked-probabilities": "per-class",
  /** f(· | X + (1−M_k)∘Z_k), [K, C]. */
  "noisy-probabilities": "per-class",
} as const;

type TensorName = keyof typeof vitCxTensors;
export type VitCxEvidence = Evidence<TensorName>;
export type VitCxClassEvidence = ClassEvidence<TensorName>;

/** The evidence of the first `count` masks alone. */
export function firstMasks({ tensors, ...known }: VitCxEvidence, count: number): VitCxEvidence {
  const rows = ({ shape: [all, ...rest], data }: Tensor): Tensor => {
    return { shape: [count, ...rest], data: data.subarray(0, count * (data.length / all!)) };
  };
  return {
    ...known,
    tensors: {
      masks: rows(tensors.masks),
      "masked-probabilities": rows(tensors["masked-probabilities"]),
      "noisy-probabilities": rows(tensors["noisy-probabilities"]),
    },
  };
}

/** The terms of equation (2) for each mask, [K]. */
export function maskTerms({ probability, tensors }: VitCxClassEvidence): readonly MaskTerms[] {
  const noisy = tensors["noisy-probabilities"].data;
  return Array.from(tensors["masked-probabilities"].data, (masked, k) => {
    const score = causalImpactScore(masked, probability, noisy[k]!);
    return { score, masked, whole: probability, noisy: noisy[k]! };
  });
}

/** s_k(y) of equation (2), [K]. */
export function scoresOf(evidence: VitCxClassEvidence): Float64Array {
  return Float64Array.from(maskTerms(evidence), ({ score }) => score);
}

/** S(x) of equation (5), [H, W], not normalised; of equation (1) where it is not to be corrected. */
export function saliencyOf(evidence: VitCxClassEvidence, extent: Extent, corrected = true): Tensor<Float64Array> {
  const scores = scoresOf(evidence);
  if (!corrected) return weightedSum(evidence.tensors.masks, (k) => scores[k]!, extent);
  return correctCoverage(evidence.tensors.masks, scores, extent);
}

/** scores.npy: s_k(y) for all classes, [K, C]. */
export function allScores({ probabilities, tensors }: VitCxEvidence): Tensor {
  const { shape, data } = tensors["masked-probabilities"];
  const noisy = tensors["noisy-probabilities"].data;
  const classes = probabilities.length;
  const scores = data.map((masked, i) => causalImpactScore(masked, probabilities[i % classes]!, noisy[i]!));
  return { shape, data: scores };
}

/** Of the pixel coverage ρ(x) and the scores. */
export function diagnose(evidence: VitCxClassEvidence): Diagnostics {
  const scores = scoresOf(evidence);
  const coverage = pixelCoverage(evidence.tensors.masks, evidence.extent).data;
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value / values.length, 0);
  const scoreMean = mean(scores);
  return {
    scoreMean,
    scoreVariance: mean(scores.map((score) => (score - scoreMean) ** 2)),
    coverageMin: coverage.reduce((least, value) => Math.min(least, value), Infinity),
    coverageMax: coverage.reduce((largest, value) => Math.max(largest, value), 0),
  };
}
