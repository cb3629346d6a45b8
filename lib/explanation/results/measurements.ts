import { metricOf } from "../../metrics/registry.ts";
import type { Measurement } from "../log/events.ts";
import type { Explanation } from "../log/fold.ts";

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
