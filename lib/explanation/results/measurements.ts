import type { Box } from "../../metrics/box.ts";
import type { CurvePoints } from "../../metrics/metric.ts";
import { type MetricName, metricOf } from "../../metrics/registry.ts";
import type { Explanation } from "../log/fold.ts";

/** What a metric found. */
export interface Measurement {
  readonly metric: MetricName;
  /** Of a curve the area under it, of the pointing game 1 for a hit and 0 for a miss, of the localisation the overlap. */
  readonly value: number;
  readonly curve?: CurvePoints;
  /** Where the localisation found the object, in pixels of the image as it was sent. */
  readonly box?: Box | null;
}

/** What the worker that is at it, or was the last, has measured so far. */
export function measurementsOf({ events }: Pick<Explanation, "events">): readonly Measurement[] {
  const begun = events.findLastIndex(({ kind }) => kind === "STARTED" || kind === "QUEUED");
  return events.slice(begun).flatMap((event) => (event.kind === "MEASURED" ? [event.measurement] : []));
}

/** metrics.json. */
export function measurementsFile(explanation: Explanation): Uint8Array {
  const { id, request } = explanation;
  const measured = measurementsOf(explanation).map((each) => ({ ...each, moreIsBetter: metricOf(each.metric).higherIsBetter }));
  return new TextEncoder().encode(`${JSON.stringify({ id, asked: request.metrics, measured }, null, 2)}\n`);
}
