import type { InstalledModel } from "../lib/vit/catalog/catalog.ts";
import type { Manifest } from "../lib/vit/catalog/manifest.ts";
import { builder } from "./builder.ts";

/** The value and description of each kind of output. */
const outputs: Record<Manifest["output"], { name: string; description: string }> = {
  logits: { name: "LOGITS", description: "Of classes that exclude each other: a softmax makes probabilities that add up to 1." },
  probabilities: { name: "PROBABILITIES", description: "The same with the softmax in the model's graph." },
  "multi-label-logits": {
    name: "MULTI_LABEL_LOGITS",
    description:
      "Of labels that do not exclude each other: a sigmoid makes each one's probability. A single label is a question of yes or no.",
  },
  "multi-label-probabilities": {
    name: "MULTI_LABEL_PROBABILITIES",
    description: "The same with the sigmoid in the model's graph.",
  },
};

const OutputType = builder.enumType("ModelOutput", {
  description: "What a model puts out.",
  values: Object.fromEntries(
    Object.entries(outputs).map(([value, { name, description }]) => [name, { value: value as Manifest["output"], description }]),
  ),
});

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
    output: t.field({
      type: OutputType,
      description: "What the model puts out, and so what its probabilities mean.",
      resolve: ({ manifest }) => manifest.output,
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
