import { listedClasses } from "../lib/client/listed-classes.ts";
import type { EventOf, Prediction } from "../lib/explanation/log/events.ts";
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

/** Of the argument that `firstPredictions` takes. */
export const first =
  "How many, at most 100. Default: 5; of a multi-label model all labels from a probability of a half on, and 3 at least.";

/** The most probable classes: so many, or where that is left open those that are listed for people. */
export function firstPredictions(
  { predictions, isMultiLabel }: Pick<EventOf<"CLASSIFIED">, "predictions" | "isMultiLabel">,
  count: number | null | undefined,
): Prediction[] {
  if (typeof count === "number") return predictions.slice(0, Math.max(0, count));
  return [...listedClasses(predictions, isMultiLabel === true).classes];
}
