import { type MetricsConfig, requestedMetrics } from "../../lib/explanation/request/metrics.ts";
import { allMetrics, type MetricName, metricOf } from "../../lib/metrics/registry.ts";
import { describeOptions, type OptionDescription } from "../../lib/options/describe.ts";
import { builder } from "../builder.ts";
import { MetricDescriptionType, MetricType } from "./metrics.ts";
import { asRequested, fieldOf, optionEnum } from "./option-fields.ts";

/** A metric with its options as used. */
interface AskedMetric {
  readonly metric: MetricName;
  readonly options: Readonly<Record<string, unknown>>;
  /** The same with the values of enums as requests have them. */
  readonly given: Readonly<Record<string, unknown>>;
}

/** The metrics that a request asks for. */
export function askedMetrics(config: MetricsConfig | undefined): AskedMetric[] {
  return requestedMetrics(config).map(({ metric, options }) => ({
    metric: metric.name,
    options,
    given: asRequested(metric.options, options),
  }));
}

/** The options of all metrics, one of each name. */
const options = new Map(allMetrics().flatMap((metric) => describeOptions(metric.options).map((option) => [option.name, option])));

export const AskedMetricType = builder.objectRef<AskedMetric>("AskedMetric").implement({
  description: "A metric with its options as used.",
  fields: (t) => ({
    metric: t.expose("metric", { type: MetricType }),
    about: t.field({
      type: MetricDescriptionType,
      description: "What the metric is.",
      resolve: ({ metric }) => metricOf(metric),
    }),
    options: t.field({
      type: "JSON",
      description: "Its options by name, as `MetricsInput` takes them; empty for a metric without options.",
      resolve: ({ given }) => given,
    }),
    ...Object.fromEntries([...options.values()].map((option) => [option.name, t.field(usedField(option))])),
  }),
});

/** An option of some of the metrics. */
function usedField(option: OptionDescription) {
  const type = option.type === "enum" ? optionEnum(option) : scalars[fieldOf(option)];
  return {
    type,
    nullable: true as const,
    description: `The option \`${option.name}\`; null for a metric that does not have it.`,
    resolve: ({ options }: AskedMetric) => (options[option.name] ?? null) as never,
  };
}

const scalars = { int: "Int", float: "Float", boolean: "Boolean" } as const;
