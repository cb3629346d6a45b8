import type { InstalledModel } from "../lib/vit/catalog/catalog.ts";
import { builder } from "./builder.ts";

export const ModelType = builder.objectRef<InstalledModel>("Model").implement({
  description: "A Vision Transformer that can be asked for explanations.",
  fields: (t) => ({
    id: t.id({ description: "What `explainImage` takes as `model`.", resolve: ({ manifest }) => manifest.id }),
    title: t.string({ resolve: ({ manifest }) => manifest.title }),
    licence: t.string({ resolve: ({ manifest }) => manifest.licence }),
    digest: t.exposeString("digest", { description: "SHA-256 of the manifest, which holds that of the weights." }),
    isDefault: t.boolean({ resolve: (model, _, { deps }) => model === deps.catalog.default }),
    width: t.int({ description: "Pixels of the image that the model sees.", resolve: ({ manifest }) => manifest.input.width }),
    height: t.int({ resolve: ({ manifest }) => manifest.input.height }),
    labels: t.stringList({
      description: "The class names, in the order of their indices.",
      resolve: ({ manifest }) => manifest.labels,
    }),
    delta: t.float({
      description: "The clustering threshold δ where a request names none.",
      resolve: ({ manifest }) => manifest.delta,
    }),
  }),
});

builder.queryField("models", (t) =>
  t.field({
    description: "The models that this service holds.",
    type: [ModelType],
    resolve: (_, __, { deps }) => [...deps.catalog.models],
  }),
);
