import type { MetricProgress } from "../../lib/metrics/score-pixel-masks.ts";

/** Runs a metric to its end. */
export async function finish<Result>(steps: AsyncGenerator<MetricProgress, Result>): Promise<Result> {
  for (;;) {
    const step = await steps.next();
    if (step.done) return step.value;
  }
}
