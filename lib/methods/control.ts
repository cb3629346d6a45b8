import type { Extent, Tensor } from "../tensor/tensor.ts";
import type { Method } from "./method.ts";

/** A method that looks neither at the image nor at the class: what every comparison needs to be measured against. */
export function control(mapOf: (extent: Extent) => Tensor<Float64Array>): Method {
  return {
    async *explain(classifier, image) {
      const { probabilities } = await classifier.classify(image);
      yield { stage: "classified", probabilities };
      const extent = { height: classifier.height, width: classifier.width };
      return { extent, probabilities, scores: { shape: [0, classifier.classes], data: new Float32Array(0) }, masks: null };
    },
    saliencyOf: (_evidence, _target, extent) => mapOf(extent),
  };
}
