import type { Measurement } from "../lib/explanation/results/measurements.ts";
import { type MetricName, metricOf } from "../lib/metrics/registry.ts";
import type { Box } from "../lib/metrics/box.ts";
import { builder } from "./builder.ts";

const descriptions: Record<MetricName, string> = {
  DELETION: "RISE's deletion: area under the probability's curve as the most salient pixels go first.",
  INSERTION: "RISE's insertion: area under the probability's curve as the most salient pixels come first.",
  SACO: "Salience-guided faithfulness coefficient, Wu et al., CVPR 2024, −1 to 1.",
  FAITHFULNESS_CORRELATION: "Bhatt et al., IJCAI 2020: saliency of sets of pixels against the drop without them, −1 to 1.",
  SPARSENESS: "Gini index of the map, 0 to 1.",
  POINTING_GAME: "1 where the most salient pixel lies in a box or near one, otherwise 0.",
  ENERGY_INSIDE: "The share of the map's energy that lies in the boxes, 0 to 1.",
  LOCALISATION: "Overlap (IoU) of the box around the map's largest salient region with the best of the boxes; 0.5 is a find.",
  STABILITY: "Mean rank correlation (Spearman) of the maps of different seeds, −1 to 1.",
  MAX_SENSITIVITY: "Yeh et al., NeurIPS 2019: how far the map moves, against its size, when the image hardly does.",
};

const values = Object.fromEntries(Object.entries(descriptions).map(([name, description]) => [name, { description }]));

export const MetricType = builder.enumType("Metric", { values: values as Record<MetricName, { description: string }> });

const CurveType = builder.objectRef<NonNullable<Measurement["curve"]>>("Curve").implement({
  description: "How the probability of the class changes as pixels do, the most salient first.",
  fields: (t) => ({
    shares: t.floatList({ description: "The share of the pixels that are changed.", resolve: ({ shares }) => [...shares] }),
    probabilities: t.floatList({ resolve: ({ probabilities }) => [...probabilities] }),
  }),
});

export const BoxType = builder.objectRef<Box>("Box").implement({
  description: "In pixels of the image as it was sent.",
  fields: (t) => ({
    left: t.exposeFloat("left"),
    top: t.exposeFloat("top"),
    right: t.exposeFloat("right"),
    bottom: t.exposeFloat("bottom"),
  }),
});

export const MeasurementType = builder.objectRef<Measurement>("Measurement").implement({
  description: "What a metric found of the map of the explained class.",
  fields: (t) => ({
    metric: t.expose("metric", { type: MetricType }),
    value: t.exposeFloat("value"),
    moreIsBetter: t.boolean({ resolve: ({ metric }) => metricOf(metric).higherIsBetter }),
    curve: t.field({
      type: CurveType,
      nullable: true,
      description: "Of deletion and insertion.",
      resolve: ({ curve }) => curve ?? null,
    }),
    box: t.field({
      type: BoxType,
      nullable: true,
      description: "Of the localisation: where the map says that the object is.",
      resolve: ({ box }) => box ?? null,
    }),
  }),
});
