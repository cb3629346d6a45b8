import type { Classifier } from "../classifier/classifier.ts";
import type { Extent, Tensor } from "../tensor/tensor.ts";
import {
  type ClassEvidence,
  classEvidence,
  type Cost,
  type Evidence,
  type MethodDescriptor,
  type ModelSize,
  type Progress,
} from "./method.ts";
import { type MethodConfig, type MethodName, methods } from "./registry.ts";

/** The descriptor of a method, for those to whom all methods are alike. */
export function methodOf(name: MethodName): MethodDescriptor {
  return (methods as readonly MethodDescriptor[]).find((method) => method.name === name)!;
}

/** A method with its options. */
export interface BoundMethod {
  cost(model: ModelSize): Cost;
  explain(
    classifier: Classifier,
    image: Tensor,
    targetOf: (probabilities: Float32Array) => number,
  ): AsyncGenerator<Progress, Evidence>;
  evidenceOf(evidence: Evidence, target: number): ClassEvidence;
  saliencyOf(evidence: ClassEvidence, extent: Extent): Tensor<Float64Array>;
}

export function bindMethod({ method: name, options }: MethodConfig): BoundMethod {
  const method = methodOf(name);
  return {
    cost: (model) => method.cost(options, model),
    explain: (classifier, image, targetOf) => method.explain({ classifier, image, options, targetOf }),
    evidenceOf: (evidence, target) => classEvidence(method.tensors, evidence, target),
    saliencyOf: (evidence, extent) => method.saliencyOf(evidence, extent, options),
  };
}

/** Whether a method draws random numbers, and so has a seed. */
export function isSeeded(name: MethodName): boolean {
  return "seed" in methodOf(name).options.shape;
}

/** Whether the map of a method with these options has a sign. */
export function isSigned({ method, options }: MethodConfig): boolean {
  return methodOf(method).isSigned?.(options) ?? false;
}
