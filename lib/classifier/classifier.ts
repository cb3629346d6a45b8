import type { Tensor } from "../tensor/tensor.ts";

/** What the classifier said of one image X. */
export interface Classification {
  /** f(·|X), the probability of each of the C classes: of a softmax, whose sum is 1, or of a sigmoid for each label. */
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

/**
 * What can be had of the inside of the model, for one class. L blocks, each with H heads over T tokens.
 *
 * - `image-gradient`: of the class's logit with respect to the images, [B, 3, H, W]
 * - `image-attn-lrp`: the same by the rules of AttnLRP, whose product with the image is relevance, [B, 3, H, W]
 * - `embeddings-gradient`: of the logit with respect to the patch embeddings, [D, h, w]
 * - `attention`: the attention probabilities of every block, [L, H, T, T]
 * - `attention-gradient`, `last-attention-gradient`: of the logit with respect to them, [L, H, T, T]; the last block's alone, [1, H, T, T]
 * - `attention-relevance`, `last-attention-relevance`: their relevance by the rules of Chefer et al. (CVPR 2021), and by those of partial
 *   LRP, of the same shapes
 */
export type Derivative =
  | "image-gradient"
  | "image-attn-lrp"
  | "embeddings-gradient"
  | "attention"
  | "attention-gradient"
  | "last-attention-gradient"
  | "attention-relevance"
  | "last-attention-relevance";

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
  /** Left out where nothing can be seen of the model but its answers. */
  readonly differentiate?: Differentiate;
}

/**
 * Derivatives of the logit of class `target` at the preprocessed images, [B, 3, H, W], with B at most `batchSize`; all but those of the
 * image are of one image, B = 1.
 *
 * @throws CodedError MODEL_UNUSABLE where the model's graph does not have what is wanted, or cannot be differentiated
 */
export type Differentiate = <Wanted extends Derivative>(
  images: Tensor,
  target: number,
  wanted: readonly Wanted[],
) => Promise<Record<Wanted, Tensor>>;
