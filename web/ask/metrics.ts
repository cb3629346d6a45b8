import type { MetricFormFragment } from "../api/operations.ts";
import { isSeeded, type MethodDescription } from "../methods.ts";

/** A way to measure a map, as the API describes it. */
export type MetricForm = MetricFormFragment;

/** Those that a method's map can be measured by. */
export function metricsOf(metrics: readonly MetricForm[], method: MethodDescription | undefined): readonly MetricForm[] {
  return metrics.filter(({ needs }) => needs !== "SEED" || isSeeded(method));
}
