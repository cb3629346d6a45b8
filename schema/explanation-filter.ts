import { builder } from "./builder.ts";
import { ExplanationStatusType } from "./explanation-status.ts";
import { MethodType } from "./options/method.ts";

/** Which explanations of the past are meant; every field that is given has to fit. */
export const ExplanationFilter = builder.inputType("ExplanationFilter", {
  description: "Which explanations are meant: those that fit every field that is given.",
  fields: (t) => ({
    status: t.field({ type: [ExplanationStatusType], description: "Those in one of these states." }),
    method: t.field({ type: [MethodType], description: "Those by one of these methods." }),
    model: t.id({ description: "Those of the model with this id." }),
    createdAfter: t.field({ type: "DateTime", description: "Those that were asked for at this time or later." }),
    createdBefore: t.field({ type: "DateTime", description: "Those that were asked for before this time." }),
  }),
});
