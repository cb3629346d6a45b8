import type { ErrorCode } from "../../errors.ts";
import type { Box } from "../../metrics/box.ts";
import type { CurvePoints } from "../../metrics/metric.ts";
import type { MetricName } from "../../metrics/registry.ts";
import type { ExplanationRequest } from "../request/request.ts";

/** A small map for showing, [height, width]; `values` are bytes 0 … 255 in base64, row-major. */
export interface SmallMap {
  readonly width: number;
  readonly height: number;
  readonly values: string;
}

/** A class and its probability f(y|X). */
export interface Prediction {
  readonly index: number;
  readonly label: string;
  readonly probability: number;
}

/** What a metric found. */
export interface Measurement {
  readonly metric: MetricName;
  /** Of a curve the area under it, of the pointing game 1 for a hit and 0 for a miss, of the localisation the overlap. */
  readonly value: number;
  readonly curve?: CurvePoints;
  /** Where the localisation found the object, in pixels of the image as it was sent. */
  readonly box?: Box | null;
}

/** What can happen to an explanation. */
export type EventPayload =
  /** Accepted, or asked for again after it failed or was cancelled. */
  | { readonly kind: "QUEUED"; readonly request: ExplanationRequest }
  | { readonly kind: "STARTED"; readonly worker: string }
  /** A worker gave the work back: because it had to stop, or because of an error that may pass. */
  | { readonly kind: "RELEASED"; readonly reason: "STOPPING" | "ERROR" }
  /** The most probable classes, the first the most probable, and the class to explain. */
  | { readonly kind: "CLASSIFIED"; readonly predictions: readonly Prediction[]; readonly target: Prediction }
  /** `maps` embedding maps became as many masks as there are cluster sizes, the largest first. */
  | {
      readonly kind: "CLUSTERED";
      readonly maps: number;
      readonly clusterSizes: readonly number[];
      readonly meanSimilarity: number;
    }
  | { readonly kind: "SCORED"; readonly done: number; readonly total: number; readonly map: SmallMap }
  /** The map is final and can be read. Explanations from before there were thumbnails have none. */
  | { readonly kind: "MAPPED"; readonly thumbnail?: true }
  /** A metric that takes long has had `done` of `total` answers from the model, or maps where it asks for maps. */
  | { readonly kind: "MEASURING"; readonly metric: MetricName; readonly done: number; readonly total: number }
  /** One of the metrics that were asked for; none of them delays the map. */
  | { readonly kind: "MEASURED"; readonly measurement: Measurement }
  | { readonly kind: "SUCCEEDED" }
  | { readonly kind: "FAILED"; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: "CANCELED" };

/** A line of an explanation's log: what happened, and when (ISO 8601). Its sequence number is its line's, from 1. */
export type LogEvent = EventPayload & { readonly time: string };

export type EventKind = LogEvent["kind"];

/** One kind of event. */
export type EventOf<Kind extends EventKind> = Extract<LogEvent, { kind: Kind }>;

/** After one of these nothing more happens, unless the explanation is asked for again. */
export function isFinal(event: LogEvent): boolean {
  return event.kind === "SUCCEEDED" || event.kind === "FAILED" || event.kind === "CANCELED";
}

/** Whether a log, which has at least one event, has come to its end. */
export function isFinished({ events }: { readonly events: readonly LogEvent[] }): boolean {
  return isFinal(events[events.length - 1]);
}
