import { gaussianNoise, type NoiseOf } from "../../causal-impact-score/noise.ts";
import { scoreMasks } from "../../causal-impact-score/score-masks.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Classifier } from "../../classifier/classifier.ts";
import { chooseMasks, type MaskSource } from "./choose-masks.ts";
import type { Progress } from "../method.ts";
import { firstMasks, type VitCxEvidence } from "./evidence.ts";

/** What ViT-CX leaves open. */
export interface ExplainOptions {
  /** δ, the cosine distance from which masks are not merged, 0 … 2; the paper has 0.1 for ViT and DeiT, 0.05 for Swin. */
  readonly delta: number;
  /**
   * The noise's standard deviation in normalised pixel space, at least 0; the paper has 0.1. At 0 the score is f(y|X∘M) alone, not
   * debiased.
   */
  readonly noiseSd: number;
  /** An integer, 0 … 2^32 − 1: the same seed gives the same noise. */
  readonly seed: number;
  /** Draws of the noise over which each mask's score is the mean, at least 1; the paper's 1 where it is left out. */
  readonly noiseDraws?: number;
  /** Which masks are scored; the paper's `merged` where it is left out. */
  readonly masks?: MaskSource;
  /** Whether the map is freed of the pixel coverage bias; as in the paper it is where this is left out. */
  readonly corrected?: boolean;
}

/**
 * ViT-CX (Xie, Li, Cao, Zhang, IJCAI 2023) on a preprocessed image X, [3, H, W]: masks of the model's own patch embeddings,
 * clustered, each scored for its causal impact on every class. Yields progress and returns the evidence; a saliency map for any
 * class is then one weighted sum (`saliencyOf`). Between two yields lies at most one batch of masks under one draw of the noise, so a caller that stops
 * iterating stops the work. Where the paper's text and the authors' code differ, this follows the code.
 */
export async function* explain(
  classifier: Classifier,
  image: Tensor,
  options: ExplainOptions,
  noiseOf: NoiseOf = gaussianNoise(options.seed, options.noiseSd, options.noiseDraws),
): AsyncGenerator<Progress<keyof VitCxEvidence["tensors"]>, VitCxEvidence> {
  const { height, width } = classifier;
  const { probabilities, embeddings } = await classifier.classify(image);
  yield { stage: "classified", probabilities };

  const { masks, clusterSizes, meanSimilarity } = chooseMasks(embeddings, options, classifier);
  yield { stage: "clustered", maps: embeddings.shape[0]!, clusterSizes, meanSimilarity };

  const total = clusterSizes.length;
  const classes = probabilities.length;
  const rows = (): Tensor => ({ shape: [total, classes], data: new Float32Array(total * classes) });
  const [masked, noisy] = [rows(), rows()];
  const tensors = { masks, "masked-probabilities": masked, "noisy-probabilities": noisy };
  const evidence: VitCxEvidence = { extent: { height, width }, probabilities, tensors };
  for await (const batch of scoreMasks(classifier, image, masks, noiseOf, options.noiseDraws)) {
    if (batch === null) {
      yield { stage: "scoring" };
      continue;
    }
    masked.data.set(batch.masked.data, batch.first * classes);
    noisy.data.set(batch.noisy.data, batch.first * classes);
    const done = batch.first + batch.masked.shape[0]!;
    yield { stage: "scored", done, total, evidence: firstMasks(evidence, done) };
  }
  return evidence;
}
