import { CodedError } from "../lib/errors.ts";
import { cancel } from "../lib/explanation/cancel.ts";
import { submit } from "../lib/explanation/submit.ts";
import { builder } from "./builder.ts";
import { MethodType } from "./enums.ts";
import { ExplanationRef } from "./explanation.ts";

const OptionsInput = builder.inputType("OptionsInput", {
  fields: (t) => ({
    delta: t.float({
      description: "δ, above 0 and at most 2: masks at this cosine distance or further are not merged. Default: the model's.",
    }),
    noiseSd: t.float({
      description: "Standard deviation of the noise in normalised pixel space, 0 to 10. Default: the paper's 0.1.",
    }),
  }),
});

const ExplainImageInput = builder.inputType("ExplainImageInput", {
  fields: (t) => ({
    image: t.field({ type: "File", description: "A JPEG, PNG, WebP or AVIF file, in a multipart request." }),
    model: t.id({ description: "One of `models`. Default: the one that has `isDefault`." }),
    target: t.id({ description: "The class to explain, a label or an index. Default: the most probable one." }),
    method: t.field({ type: MethodType, required: true, defaultValue: "VIT_CX" }),
    options: t.field({ type: OptionsInput }),
    seed: t.int({ description: "Of the noise, 0 to 2147483647. Default: 0." }),
  }),
});

builder.mutationField("explainImage", (t) =>
  t.field({
    type: ExplanationRef,
    description:
      "Asks for an explanation, and returns at once; `explanationProgress` tells how it goes. The same question is one explanation.",
    args: { input: t.arg({ type: ExplainImageInput, required: true }) },
    resolve: async (_, { input: { image, seed, options, ...rest } }, { desk, owner }) =>
      submit(desk, { ...rest, owner, image: await bytesOf(image), options: { ...options, seed } }),
  }),
);

builder.mutationField("cancelExplanation", (t) =>
  t.field({
    type: ExplanationRef,
    description: "Stops an explanation; its worker notices within one batch of masks.",
    args: { id: t.arg.id({ required: true }) },
    resolve: (_, { id }, { desk, owner }) => cancel(desk, owner, id),
  }),
);

async function bytesOf(image: File | null | undefined): Promise<Uint8Array> {
  if (image) return new Uint8Array(await image.arrayBuffer());
  throw new CodedError("IMAGE_MISSING", "There is no image: send a file in a multipart request, and name it in `map`.");
}
