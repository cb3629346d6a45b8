import type { Measurement } from "../lib/explanation/log/events.ts";
import { metricOf } from "../lib/metrics/registry.ts";
import type { Box } from "../lib/metrics/box.ts";
import { builder } from "./builder.ts";
import { MetricDescriptionType, MetricType } from "./options/metrics.ts";

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
    about: t.field({
      type: MetricDescriptionType,
      description: "What the metric is.",
      resolve: ({ metric }) => metricOf(metric),
    }),
    value: t.exposeFloat("value"),
    moreIsBetter: t.boolean({ resolve: ({ metric }) => metricOf(metric).higherIsBetter }),
    curve: t.field({
      type: CurveType,
      nullable: true,
      description: "Of a metric that is the area under a curve.",
      resolve: ({ curve }) => curve ?? null,
    }),
    box: t.field({
      type: BoxType,
      nullable: true,
      description: "Of a metric that finds a box: where the map says that the object is.",
      resolve: ({ box }) => box ?? null,
    }),
  }),
});
