import type { Prediction } from "../lib/explanation/log/events.ts";
import { builder } from "./builder.ts";

export const PredictionType = builder.objectRef<Prediction>("Prediction").implement({
  description: "A class and what the model thinks of it.",
  fields: (t) => ({
    index: t.exposeInt("index", { description: "The place of the class in the model's output, from 0." }),
    label: t.exposeString("label"),
    probability: t.exposeFloat("probability", {
      description:
        "f(y|X), the probability of the class for the image: a share of 1 among all classes (softmax), or of a multi-label model the label's own (sigmoid).",
    }),
  }),
});
