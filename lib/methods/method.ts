import type { Extent, Tensor } from "../tensor/tensor.ts";
import type { Classifier } from "../classifier/classifier.ts";

/**
 * What a method learned of an image by asking about K variants of it: enough, with the method's options, for a map of any of the C
 * classes without the model. All of it can be kept in files.
 */
export interface MethodEvidence {
  /** H and W of the image that was asked about. */
  readonly extent: Extent;
  /** f(·|X), [C]. */
  readonly probabilities: Float32Array;
  /** f(·|variant k), [K, C]; in a partial result the first rows only. A control asks about none, K = 0. */
  readonly scores: Tensor;
  /** The masks behind the variants, [K, h, w], where the model made them; null where they follow from the method's options. */
  readonly masks: Tensor | null;
}

/** How far the work of a method has come; `Evidence` is what it learns. The stages are those of ViT-CX. */
export type MethodProgress<Evidence = MethodEvidence> =
  /** f(·|X) is known, [C]. */
  | { readonly stage: "classified"; readonly probabilities: Float32Array }
  /** Only of a method that clusters: see ViT-CX. */
  | {
      readonly stage: "clustered";
      readonly maps: number;
      readonly clusterSizes: readonly number[];
      readonly meanSimilarity: number;
    }
  /** The work goes on, and there is nothing new to know. */
  | { readonly stage: "scoring" }
  /** `done` of `total` variants are scored; the evidence holds just these. */
  | { readonly stage: "scored"; readonly done: number; readonly total: number; readonly evidence: Evidence };

/**
 * A method of explanation with its options filled in. It works in two halves, so that a caller treats all methods alike, can stop
 * one, show what it has so far, and draw the map of another class later: `explain` asks the classifier, `saliencyOf` only counts.
 * ViT-CX's two functions of these names, bound to their options, are one as well.
 */
export interface Method<Evidence = MethodEvidence> {
  /**
   * Explains a preprocessed image X, [3, H, W], for all classes at once. Yields progress and returns the evidence. Between two
   * yields lies at most one batch, so a caller that stops iterating stops the work.
   */
  explain(classifier: Classifier, image: Tensor): AsyncGenerator<MethodProgress<Evidence>, Evidence>;
  /** S(x) for one class, not normalised; of H × W pixels, or of fewer for showing progress. More salient is larger. */
  saliencyOf(evidence: Evidence, target: number, extent: Extent): Tensor<Float64Array>;
}
