import type { Answer, ExplainedModel, Explainer, ExplanationRequest } from "../../lib/evaluation/explainers/explainer.ts";

/** A model that takes any image, squeezed to 8 × 8 pixels. */
export const tiny: ExplainedModel = {
  id: "tiny",
  digest: "d1",
  labels: ["crab", "key"],
  input: {
    width: 8,
    height: 8,
    mean: [0, 0, 0],
    sd: [1, 1, 1],
    resize: { fit: "stretch" },
    interpolation: "bilinear",
  },
};

/** An explainer of that model, or others, that answers as it is told to, and everything else something plausible. */
export function explainerOf(
  answer: (request: ExplanationRequest) => Partial<Answer>,
  models: readonly ExplainedModel[] = [tiny],
): Explainer {
  return {
    models,
    concurrency: 1,
    open: async () => undefined,
    ask: async (request) => ({
      id: "x",
      target: { index: 0, label: "crab", probability: 1 },
      masks: 0,
      seconds: 0,
      measured: [],
      picture: async () => new Uint8Array(),
      ...answer(request),
    }),
  };
}
