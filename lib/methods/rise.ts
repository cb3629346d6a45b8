import { drawMask, type DrawnMask, randomMask, type RandomMaskOptions } from "../masks/random-masks.ts";
import { sumOfMasks } from "../masks/sum-of-masks.ts";
import type { Extent, Tensor } from "../tensor/tensor.ts";
import type { Method } from "./method.ts";
import { scoreKept } from "./score-kept.ts";

export interface RiseOptions extends RandomMaskOptions {
  /** N, the number of masks, at least 1; the paper has 4000 for VGG16 and 8000 for ResNet50. */
  readonly count: number;
}

/** RISE (Petsiuk, Das, Saenko, BMVC 2018): the expected probability of the class over random masks that leave the pixel visible. */
export function rise(options: RiseOptions): Method {
  return {
    async *explain(classifier, image) {
      const { height, width } = classifier;
      const extent = { height, width };
      const { probabilities } = await classifier.classify(image);
      yield { stage: "classified", probabilities };
      const write = (k: number, into: Float32Array) => into.set(randomMask(k, options, extent).data);
      const known = { extent, probabilities, masks: null };
      return yield* scoreKept(classifier, image, { count: options.count, height, width, write }, known);
    },

    saliencyOf({ scores }, target, extent) {
      const [rows, classes] = scores.shape;
      const column = Float64Array.from({ length: rows }, (_, k) => scores.data[k * classes + target]);
      return expectedScore(column, (k) => drawMask(k, options), options.visible, extent);
    },
  };
}

/** S(x) = 1 / (N p₁) · Σ_k f(y|X∘M_k) M_k(x), equation (6) of RISE, for N scores and masks and the probability p₁ of a visible cell. */
export function expectedScore(
  scores: Float64Array,
  maskOf: (k: number) => DrawnMask,
  visible: number,
  extent: Extent,
): Tensor<Float64Array> {
  const weights = scores.map((score) => score / (scores.length * visible));
  return sumOfMasks(weights, maskOf, extent);
}
