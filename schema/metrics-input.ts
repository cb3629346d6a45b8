import { builder } from "./builder.ts";

export const CanvasType = builder.enumType("Canvas", {
  description: "What is seen where pixels are taken away.",
  values: {
    ZERO: { value: "zero", description: "0 in normalised space: the model's mean colour." },
    BLACK: { value: "black" },
    MEAN: { value: "mean", description: "The image's mean colour." },
    BLURRED: { value: "blurred", description: "The image, blurred." },
  } as const,
});

const canvas = (fallback: string) => ({ type: CanvasType, description: `Default: ${fallback}.` });

const steps = "1 to 1000. Default: RISE's 224.";

const DeletionInput = builder.inputType("DeletionInput", {
  fields: (t) => ({ canvas: t.field(canvas("ZERO")), steps: t.int({ description: steps }) }),
});

const InsertionInput = builder.inputType("InsertionInput", {
  fields: (t) => ({ canvas: t.field(canvas("BLURRED")), steps: t.int({ description: steps }) }),
});

const SacoInput = builder.inputType("SacoInput", {
  fields: (t) => ({
    canvas: t.field(canvas("MEAN")),
    groups: t.int({ description: "Groups of pixels, 2 to 100. Default: the paper's 10." }),
  }),
});

const FaithfulnessInput = builder.inputType("FaithfulnessCorrelationInput", {
  fields: (t) => ({
    canvas: t.field(canvas("ZERO")),
    runs: t.int({ description: "Sets of pixels, 2 to 1000. Default: 100." }),
    subsetSize: t.int({ description: "Pixels in a set, 1 to 10000. Default: 224." }),
    seed: t.int({ description: "Of the sets. Default: 0." }),
  }),
});

const PointingGameInput = builder.inputType("PointingGameInput", {
  fields: (t) => ({
    tolerance: t.float({ description: "In pixels of the image, 0 to 100. Default: the paper's 15." }),
  }),
});

const LocalisationInput = builder.inputType("LocalisationInput", {
  fields: (t) => ({
    threshold: t.float({ description: "Of the map normalised to [0, 1], 0.01 to 1. Default: 0.5, half of its range." }),
  }),
});

const StabilityInput = builder.inputType("StabilityInput", {
  fields: (t) => ({
    seeds: t.int({ description: "Maps that differ in their seed alone, 2 to 32, the explanation's own among them. Default: 3." }),
  }),
});

const SensitivityInput = builder.inputType("MaxSensitivityInput", {
  fields: (t) => ({
    radius: t.float({
      description: "How far each value of the model's input may move, in normalised space, 0.0001 to 10. Default: captum's 0.02.",
    }),
    samples: t.int({ description: "Images that are tried, 1 to 100. Default: captum's 10." }),
    seed: t.int({ description: "Of these images. Default: 0." }),
  }),
});

const BoxInput = builder.inputType("BoxInput", {
  description: "In pixels of the image as it is sent, upright.",
  fields: (t) => ({
    left: t.float({ required: true }),
    top: t.float({ required: true }),
    right: t.float({ required: true }),
    bottom: t.float({ required: true }),
  }),
});

export const MetricsInput = builder.inputType("MetricsInput", {
  description:
    "Which metrics are computed of the map of the explained class; `{}` asks for one with its defaults. They come after the map.",
  fields: (t) => ({
    deletion: t.field({ type: DeletionInput }),
    insertion: t.field({ type: InsertionInput }),
    saco: t.field({ type: SacoInput }),
    faithfulnessCorrelation: t.field({ type: FaithfulnessInput }),
    sparseness: t.boolean(),
    pointingGame: t.field({ type: PointingGameInput, description: "Needs boxes." }),
    energyInside: t.boolean({ description: "Needs boxes." }),
    localisation: t.field({ type: LocalisationInput, description: "Needs boxes." }),
    stability: t.field({
      type: StabilityInput,
      description: "Computes the map again for each further seed; for methods that have a seed.",
    }),
    maxSensitivity: t.field({ type: SensitivityInput, description: "Computes the map again for each sample." }),
    boxes: t.field({ type: [BoxInput], description: "Where the object is, 1 to 100 boxes." }),
  }),
});
