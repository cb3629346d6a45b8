import { normaliseMaps } from "../masks/mask-grids.ts";
import { weightedSum } from "../pixel-coverage-bias/weighted-sum.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Method } from "./method.ts";
import { scoreKept } from "./score-kept.ts";

/**
 * Score-CAM (Wang et al., CVPR workshops 2020) as the paper of ViT-CX compares with it: equation (1), S(x) = Σ_i f(y|X∘M_i) M_i(x)
 * over the masks of all D patch embedding maps, without noise and without correction.
 */
export function scoreCam(): Method {
  return {
    async *explain(classifier, image) {
      const { probabilities, embeddings } = await classifier.classify(image);
      yield { stage: "classified", probabilities };
      const grids = normaliseMaps(embeddings, classifier).masks;
      const [count, height, width] = grids.shape;
      const masks: Tensor = { shape: grids.shape, data: Float32Array.from(grids.data) };
      const size = height * width;
      const write = (k: number, into: Float32Array) => into.set(masks.data.subarray(k * size, (k + 1) * size));
      const extent = { height: classifier.height, width: classifier.width };
      const known = { extent, probabilities, masks };
      return yield* scoreKept(classifier, image, { count, height, width, write }, known);
    },

    saliencyOf({ masks, scores }, target, extent) {
      const [rows, classes] = scores.shape;
      return weightedSum(masks!, (k) => (k < rows ? scores.data[k * classes + target] : 0), extent);
    },
  };
}
