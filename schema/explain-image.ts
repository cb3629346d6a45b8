import { CodedError } from "../lib/errors.ts";
import { cancel } from "../lib/explanation/log/cancel.ts";
import { isGiven } from "../lib/options/complete.ts";
import { submit } from "../lib/explanation/request/submit.ts";
import { uploadedImage } from "../lib/explanation/request/upload.ts";
import { builder, type Context } from "./builder.ts";
import { ExplanationRef } from "./explanation.ts";
import { methodGiven, MethodInput } from "./options/method.ts";
import { MetricsInput } from "./options/metrics-input.ts";

const ExplainImageInput = builder.inputType("ExplainImageInput", {
  fields: (t) => ({
    image: t.field({ type: "Upload", description: "A JPEG, PNG, WebP or AVIF file, in a multipart request." }),
    upload: t.id({ description: "In place of `image`: the upload that the file was put to. See `createUpload`." }),
    model: t.id({ description: "One of `models`. Default: the one that has `isDefault`." }),
    target: t.id({ description: "The class to explain, a label or an index. Default: the most probable one." }),
    method: t.field({ type: MethodInput, description: "The method, with its options. Default: ViT-CX with the paper's." }),
    metrics: t.field({ type: MetricsInput, description: "What to measure once the map is there." }),
  }),
});

builder.mutationField("explainImage", (t) =>
  t.field({
    type: ExplanationRef,
    description:
      "Asks for an explanation, and returns at once; `explanationProgress` tells how it goes. The same request is one explanation.",
    args: { input: t.arg({ type: ExplainImageInput, required: true }) },
    resolve: async (_, { input: { image, upload, method, ...rest } }, context) =>
      submit(
        context.deps,
        { ...rest, owner: context.owner, image: await bytesOf(image, upload, context), ...methodGiven(method) },
        { quota: context.limits, spend: (passes) => context.passes.take(passes) },
      ),
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
