import type { EventOf } from "../lib/explanation/log/events.ts";
import type { Explanation } from "../lib/explanation/log/fold.ts";
import { keys } from "../lib/explanation/keys.ts";
import type { Progress } from "../lib/explanation/log/progress.ts";
import { visiblePart } from "../lib/explanation/results/visible-region.ts";
import { builder, urlOf } from "./builder.ts";

const RectangleType = builder.objectRef<ReturnType<typeof visiblePart>>("Rectangle").implement({
  description: "In pixels of the image as it was sent; not always whole ones.",
  fields: (t) => ({
    left: t.exposeFloat("left"),
    top: t.exposeFloat("top"),
    width: t.exposeFloat("width"),
    height: t.exposeFloat("height"),
  }),
});

export const PictureType = builder.objectRef<Explanation>("Picture").implement({
  description: "An image as it was sent.",
  fields: (t) => ({
    url: t.string({ resolve: ({ id, request }, _, context) => urlOf(keys.input(id, request.image.format), context) }),
    format: t.string({ resolve: ({ request }) => request.image.format }),
    width: t.int({ description: "Pixels, upright.", resolve: ({ request }) => request.image.width }),
    height: t.int({ resolve: ({ request }) => request.image.height }),
    bytes: t.int({ resolve: ({ request }) => request.image.bytes }),
    sha256: t.string({ resolve: ({ request }) => request.image.sha256 }),
    seen: t.field({ type: RectangleType, description: "The part that the model saw: what a map covers.", resolve: visiblePart }),
  }),
});

export const ProgressType = builder.objectRef<Progress>("Progress").implement({
  fields: (t) => ({
    done: t.exposeInt("done", {
      nullable: true,
      description: "Masks or windows scored so far; null until their number is known.",
    }),
    total: t.exposeInt("total", { nullable: true, description: "Masks or windows in all." }),
    fraction: t.exposeFloat("fraction", { description: "From 0 to 1, roughly in proportion to time." }),
  }),
});

export const ErrorType = builder.objectRef<EventOf<"FAILED">>("ExplanationError").implement({
  fields: (t) => ({
    code: t.exposeString("code", { description: "For programs." }),
    message: t.exposeString("message", { description: "For people." }),
  }),
});

export const ResultFileType = builder.objectRef<{ readonly id: string; readonly name: string }>("ResultFile").implement({
  fields: (t) => ({
    name: t.exposeString("name"),
    url: t.string({ resolve: ({ id, name }, _, context) => urlOf(keys.file(id, name), context) }),
  }),
});
