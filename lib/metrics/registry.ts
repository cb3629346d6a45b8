import type { z } from "zod";
import { deletionMetric } from "./deletion.ts";
import { energyInsideMetric } from "./energy-inside.ts";
import { faithfulnessCorrelationMetric } from "./faithfulness-correlation.ts";
import { insertionMetric } from "./insertion.ts";
import { localisationMetric } from "./localisation.ts";
import { maxSensitivityMetric } from "./max-sensitivity.ts";
import type { MetricDescriptor } from "./metric.ts";
import { pointingGameMetric } from "./pointing-game.ts";
import { sacoMetric } from "./saco.ts";
import { sparsenessMetric } from "./sparseness.ts";
import { stabilityMetric } from "./stability.ts";

/** Every metric, in the order in which it is listed and enters an explanation's id. A new one is a line at the end. */
export const metrics = [
  deletionMetric,
  insertionMetric,
  sacoMetric,
  faithfulnessCorrelationMetric,
  sparsenessMetric,
  pointingGameMetric,
  energyInsideMetric,
  localisationMetric,
  stabilityMetric,
  maxSensitivityMetric,
] as const;

type Registered = (typeof metrics)[number];

export type MetricName = Registered["name"];

/** What a metric is called in requests: faithfulnessCorrelation. */
type KeyOf<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<KeyOf<Rest>>}`
  : Lowercase<Name>;

export type MetricKey = KeyOf<MetricName>;

/** Options of metrics, all filled in, by what requests call the metric; `true` for one that has none. */
export type MetricConfigs = {
  readonly [Metric in Registered as KeyOf<Metric["name"]>]?: keyof Metric["options"]["shape"] extends never
    ? true
    : Readonly<z.output<Metric["options"]>>;
};

/** All metrics, for whom it does not matter which options they have. */
export function allMetrics(): readonly MetricDescriptor<MetricName>[] {
  return metrics;
}

export function metricOf(name: MetricName): MetricDescriptor<MetricName> {
  const metric = allMetrics().find((each) => each.name === name);
  if (metric === undefined) throw new Error(`There is no metric ${name}`);
  return metric;
}

/** The metric that requests know as `key`; undefined where there is none. */
export function metricByKey(key: string): MetricDescriptor<MetricName> | undefined {
  return allMetrics().find(({ name }) => keyOf(name) === key);
}

/** FAITHFULNESS_CORRELATION as requests have it: faithfulnessCorrelation. */
export function keyOf(name: MetricName): MetricKey {
  return name.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) as MetricKey;
}

/** Whether a metric has no options, so that a request asks for it by `true`. */
export function hasNoOptions({ options }: Pick<MetricDescriptor, "options">): boolean {
  return Object.keys(options.shape).length === 0;
}
