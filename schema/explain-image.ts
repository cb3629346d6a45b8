import { CodedError } from "../lib/errors.ts";
import { cancel } from "../lib/explanation/log/cancel.ts";
import { isGiven } from "../lib/explanation/request/options.ts";
import { submit } from "../lib/explanation/request/submit.ts";
import { uploadedImage } from "../lib/explanation/request/upload.ts";
import { builder, type Context } from "./builder.ts";
import { MaskSourceType, MethodType } from "./enums.ts";
import { ExplanationRef } from "./explanation.ts";
import { MetricsInput } from "./metrics-input.ts";

const OptionsInput = builder.inputType("OptionsInput", {
  description: "What a method leaves open; an option of another method is refused.",
  fields: (t) => ({
    delta: t.float({
      description:
        "VIT_CX: δ, above 0 and at most 2: masks at this cosine distance or further are not merged. Default: the model's.",
    }),
    noiseSd: t.float({
      description: "VIT_CX: standard deviation of the noise in normalised pixel space, 0 to 10. Default: the paper's 0.1.",
    }),
    noiseDraws: t.int({
      description:
        "VIT_CX: each mask's score is the mean over so many draws of the noise, 1 to 64; an even number comes in antithetic pairs. Default: the paper's 1.",
    }),
    masks: t.field({ type: MaskSourceType, description: "VIT_CX: which masks are scored. Default: the paper's MERGED." }),
    corrected: t.boolean({
      description: "VIT_CX: whether the map is freed of the pixel coverage bias. Default: true, as in the paper.",
    }),
    window: t.int({ description: "OCCLUSION: side of the hidden square in pixels of the model's input, 4 to 512. Default: 32." }),
    stride: t.int({ description: "OCCLUSION: pixels from one square to the next, 4 to 512. Default: 16." }),
    count: t.int({ description: "RISE: how many random masks, 1 to 8000. Default: the paper's 4000." }),
    cells: t.int({ description: "RISE: cells of a random mask along each side, 1 to 28. Default: the paper's 7." }),
    visible: t.float({
      description: "RISE: the probability that a cell stays visible, above 0 and at most 1. Default: the paper's 0.5.",
    }),
  }),
});

const ExplainImageInput = builder.inputType("ExplainImageInput", {
  fields: (t) => ({
    image: t.field({ type: "File", description: "A JPEG, PNG, WebP or AVIF file, in a multipart request." }),
    upload: t.id({ description: "In place of `image`: the upload that the file was put to. See `createUpload`." }),
    model: t.id({ description: "One of `models`. Default: the one that has `isDefault`." }),
    target: t.id({ description: "The class to explain, a label or an index. Default: the most probable one." }),
    method: t.field({ type: MethodType, required: true, defaultValue: "VIT_CX" }),
    options: t.field({ type: OptionsInput }),
    metrics: t.field({ type: MetricsInput, description: "What to measure once the map is there." }),
    seed: t.int({
      description: "Of the noise, the random masks or the random map, 0 to 2147483647; of the methods that draw any. Default: 0.",
    }),
  }),
});

builder.mutationField("explainImage", (t) =>
  t.field({
    type: ExplanationRef,
    description:
      "Asks for an explanation, and returns at once; `explanationProgress` tells how it goes. The same request is one explanation.",
    args: { input: t.arg({ type: ExplainImageInput, required: true }) },
    resolve: async (_, { input: { image, upload, seed, options, ...rest } }, context) =>
      submit(context.deps, {
        ...rest,
        owner: context.owner,
        image: await bytesOf(image, upload, context),
        options: { ...options, seed },
      }),
  }),
);

builder.mutationField("cancelExplanation", (t) =>
  t.field({
    type: ExplanationRef,
    description:
      "Stops an explanation; its worker notices within one batch of masks, or a fifth of a second. Once the map is final, only the metrics still to come are cancelled, and the explanation has SUCCEEDED with those that are there.",
    args: { id: t.arg.id({ required: true }) },
    resolve: (_, { id }, { deps, owner }) => cancel(deps, owner, id),
  }),
);

async function bytesOf(
  image: File | null | undefined,
  upload: string | null | undefined,
  { deps, owner }: Context,
): Promise<Uint8Array> {
  if (image && isGiven(upload)) {
    throw new CodedError("BAD_USER_INPUT", "Expected one image, as `image` or as `upload`, got both.");
  }
  if (image) return new Uint8Array(await image.arrayBuffer());
  if (isGiven(upload)) return uploadedImage(deps.store, owner, upload);
  const ways = "send a file in a multipart request, and name it in `map`, or name an `upload`";
  throw new CodedError("IMAGE_MISSING", `There is no image: ${ways}.`);
}
