import type { MetricName } from "../lib/metrics/registry.ts";
import type { MetricsConfig } from "../lib/explanation/request/metrics.ts";
import { builder } from "./builder.ts";
import { MetricType } from "./measurement.ts";
import { CanvasType } from "./metrics-input.ts";

/** A metric, and of all metrics' options those that it has. */
interface AskedMetric {
  readonly metric: MetricName;
  readonly canvas?: "zero" | "black" | "mean" | "blurred";
  readonly steps?: number;
  readonly groups?: number;
  readonly runs?: number;
  readonly subsetSize?: number;
  readonly seed?: number;
  readonly tolerance?: number;
  readonly threshold?: number;
  readonly seeds?: number;
  readonly radius?: number;
  readonly samples?: number;
}

/** The metrics that a request asks for: `faithfulnessCorrelation` is FAITHFULNESS_CORRELATION. */
export function askedMetrics(asked: MetricsConfig | undefined): AskedMetric[] {
  return Object.entries(asked ?? {}).flatMap(([name, options]) => {
    if (Array.isArray(options)) return [];
    const metric = name.replaceAll(/[A-Z]/g, "_$&").toUpperCase() as MetricName;
    return [{ metric, ...(typeof options === "object" && options) }];
  });
}

export const AskedMetricType = builder.objectRef<AskedMetric>("AskedMetric").implement({
  description: "A metric with its options as used; null is what it does not have. `MetricsInput` says what each is.",
  fields: (t) => ({
    metric: t.expose("metric", { type: MetricType }),
    canvas: t.expose("canvas", { type: CanvasType, nullable: true }),
    steps: t.exposeInt("steps", { nullable: true }),
    groups: t.exposeInt("groups", { nullable: true }),
    runs: t.exposeInt("runs", { nullable: true }),
    subsetSize: t.exposeInt("subsetSize", { nullable: true }),
    seed: t.exposeInt("seed", { nullable: true }),
    tolerance: t.exposeFloat("tolerance", { nullable: true }),
    threshold: t.exposeFloat("threshold", { nullable: true }),
    seeds: t.exposeInt("seeds", { nullable: true }),
    radius: t.exposeFloat("radius", { nullable: true }),
    samples: t.exposeInt("samples", { nullable: true }),
  }),
});
