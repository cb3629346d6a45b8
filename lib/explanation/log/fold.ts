import { type LogEvent, type EventKind, type EventOf, isFinal } from "./events.ts";
import type { Log } from "./log.ts";
import type { ExplanationRequest } from "../request/request.ts";

export type Status = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELED";

/** An explanation's state: nothing but what its log says. */
export interface Explanation {
  readonly id: string;
  readonly status: Status;
  readonly request: ExplanationRequest;
  readonly createdAt: Date;
  /** When the last event happened. */
  readonly changedAt: Date;
  /** How often a worker began since it was last asked for; one that had to stop and gave the work back is not counted. */
  readonly attempts: number;
  readonly events: readonly LogEvent[];
  /** The newest event of each kind since a worker last began; QUEUED since it was last asked for. */
  readonly latest: { readonly [Kind in EventKind]?: EventOf<Kind> | undefined };
}

export function fold(log: Pick<Log, "id" | "events">): Explanation {
  const first = log.events[0] as EventOf<"QUEUED">;
  let state: Pick<Explanation, "status" | "attempts" | "latest"> = { status: "QUEUED", attempts: 0, latest: {} };
  for (const event of log.events) state = next(state, event);
  return {
    ...state,
    id: log.id,
    request: first.request,
    createdAt: new Date(first.time),
    changedAt: new Date(log.events[log.events.length - 1]!.time),
    events: log.events,
  };
}

function next({ status, attempts, latest }: Pick<Explanation, "status" | "attempts" | "latest">, event: LogEvent) {
  switch (event.kind) {
    case "UNKNOWN":
      return { status, attempts, latest };
    case "QUEUED":
      return { status: "QUEUED", attempts: 0, latest: { QUEUED: event } } as const;
    case "STARTED":
      return { status: "RUNNING", attempts: attempts + 1, latest: { QUEUED: latest.QUEUED, STARTED: event } } as const;
    case "CANCELED":
      // What is cancelled once the map is final are the metrics alone.
      return { status: latest.MAPPED ? "SUCCEEDED" : "CANCELED", attempts, latest: { ...latest, CANCELED: event } } as const;
    case "RELEASED":
      return { status: "QUEUED", attempts: attempts - (event.reason === "STOPPING" ? 1 : 0), latest } as const;
    default:
      return { status: isFinal(event) ? (event.kind as Status) : status, attempts, latest: { ...latest, [event.kind]: event } };
  }
}
