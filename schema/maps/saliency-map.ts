import { type SelectedClass, mapFileKey } from "../../lib/explanation/results/class-map.ts";
import type { MapFileName } from "../../lib/explanation/results/map-files.ts";
import { isSigned } from "../../lib/methods/bind.ts";
import { builder, type Context, urlOf } from "../builder.ts";
import { PredictionType } from "../prediction.ts";

export const SaliencyMapType = builder.objectRef<SelectedClass>("SaliencyMap").implement({
  description:
    "How much each pixel speaks for one class, min-max normalised to [0, 1]; of ViT-CX, S(x) of equation (5). Where `isSigned`, 0.5 is nothing, " +
    "above it speaks for the class and below it against it, scaled by the largest size.",
  fields: (t) => ({
    target: t.expose("target", { type: PredictionType }),
    width: t.int({ resolve: ({ explanation }) => explanation.request.model.input.width }),
    height: t.int({ resolve: ({ explanation }) => explanation.request.model.input.height }),
    isSigned: t.boolean({
      description: "Whether the map has a sign, with 0.5 in the place of 0.",
      resolve: ({ explanation }) => isSigned(explanation.request),
    }),
    heatmap: t.string({
      description:
        "URL of the map in colours (turbo; where it is signed, blue over white to red), a PNG of its own size. Where a few pixels are far above all others, " +
        "the strongest 1 % have one colour.",
      resolve: (asked, _, context) => urlOfFile(asked, "heatmap.png", context),
    }),
    overlay: t.string({
      description:
        "URL of the map over the part of the picture that the model saw, a PNG of that part's shape; colours as in `heatmap`.",
      resolve: (asked, _, context) => urlOfFile(asked, "overlay.png", context),
    }),
    raw: t.string({
      description: "URL of the numbers: a .npy file, float32 [height, width].",
      resolve: (asked, _, context) => urlOfFile(asked, "saliency-map.npy", context),
    }),
  }),
});

async function urlOfFile(asked: SelectedClass, name: MapFileName, context: Context): Promise<string> {
  return urlOf(await mapFileKey(context.deps, asked, name, () => context.budget.take("classMap")), context);
}
