import type { MetricDescriptor } from "../../lib/metrics/metric.ts";
import { allMetrics, keyOf, type MetricName } from "../../lib/metrics/registry.ts";
import { builder } from "../builder.ts";
import { OptionDescriptionType, optionDescriptions } from "./option-description.ts";

const values = allMetrics().map(({ name, description }) => [name, { description }] as const);

export const MetricType = builder.enumType("Metric", {
  description: "`metrics` describes each.",
  values: Object.fromEntries(values) as Record<MetricName, { description: string }>,
});

const MetricNeedType = builder.enumType("MetricNeed", {
  values: {
    BOXES: { value: "boxes", description: "The object's boxes." },
    SEED: { value: "seed", description: "A method that has the option `seed`." },
  } as const,
});

export const MetricDescriptionType = builder.objectRef<MetricDescriptor<MetricName>>("MetricDescription").implement({
  description: "A metric that a map can be measured by.",
  fields: (t) => ({
    metric: t.expose("name", { type: MetricType, description: "As answers have it." }),
    name: t.string({ description: "As `MetricsInput` has it.", resolve: ({ name }) => keyOf(name) }),
    title: t.exposeString("title", { description: "For people." }),
    description: t.exposeString("description", { description: "What its value says, and the value's range." }),
    citation: t.exposeString("citation", { description: "Where it was published; empty for a metric of this service's own." }),
    higherIsBetter: t.exposeBoolean("higherIsBetter"),
    needs: t.expose("needs", {
      type: MetricNeedType,
      nullable: true,
      description: "What it needs beside the map; null where it needs nothing.",
    }),
    findsBox: t.boolean({
      description: "Whether it finds a box in the map, `Measurement.box`.",
      resolve: ({ findsBox }) => findsBox ?? false,
    }),
    options: t.field({
      type: [OptionDescriptionType],
      description: "What can be set; a metric without options is asked for by `true`.",
      resolve: ({ options }) => optionDescriptions(options),
    }),
  }),
});

builder.queryField("metrics", (t) =>
  t.field({
    type: [MetricDescriptionType],
    description: "The metrics that a map can be measured by.",
    resolve: () => [...allMetrics()],
  }),
);
