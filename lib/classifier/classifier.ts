import type { Tensor } from "../tensor/tensor.ts";

/** What the classifier said of one image X. */
export interface Classification {
  /** f(·|X), the softmax probability of each of the C classes. */
  readonly probabilities: Float32Array;
  /** The patch embeddings as D maps, [D, h, w]: the input of the chosen block's attention, prefix tokens dropped. */
  readonly embeddings: Tensor;
}

/**
 * B variants of one image, written as small grids:
 *
 *     variant_b = image · up(keep_b) + fill_b · up(gate_b)
 *
 * where `up` resizes bilinearly (half-pixel centres) to H × W. Each first axis of `keep`, `gate` and `fill` is B, or 1 for
 * the same in every variant.
 */
export interface Variants {
  /** The preprocessed image X, [3, H, W]. */
  readonly image: Tensor;
  /** How much of the image stays, [B or 1, a, b] of any size a × b. */
  readonly keep: Tensor;
  /** How much of the fill comes in, [B or 1, a, b] of any size a × b. */
  readonly gate: Tensor;
  /** What comes in (noise, a canvas), [B or 1, 3, H, W] in normalised pixel space. */
  readonly fill: Tensor;
}

/** A Vision Transformer that classifies images: the port through which every method asks its requests. */
export interface Classifier {
  /** H and W of the image that the model takes. */
  readonly height: number;
  readonly width: number;
  /** C, the number of classes. */
  readonly classes: number;
  /** How many variants one pass takes best on this device, at least 1. */
  readonly batchSize: number;
  /** One pass over the preprocessed image X, [3, H, W]. */
  classify(image: Tensor): Promise<Classification>;
  /** f(·|variant), [B, C], for B variants of an image. */
  probe(variants: Variants): Promise<Tensor>;
}
