import { z } from "zod";
import type { ErrorCode } from "../../errors.ts";
import type { Box } from "../../metrics/box.ts";
import type { CurvePoints } from "../../metrics/metric.ts";
import { allMetrics, type MetricName } from "../../metrics/registry.ts";
import { requestSchema } from "./request-schema.ts";

/** The format of the logs that this version writes, in their QUEUED event; logs of before say nothing, and are of format 1. */
export const LOG_VERSION = 2;

/** JSON has no NaN: what is not finite is null there. */
const number = z.union([z.number(), z.null().transform(() => Number.NaN)]);

/** A class and its probability f(y|X): of all classes together 1, but for a multi-label model's, each of which has its own. */
const prediction = z.object({ index: z.int(), label: z.string(), probability: number }).readonly();

/** A small map for showing, [height, width]; `values` are bytes 0 … 255 in base64, row-major. */
const smallMap = z.object({ width: z.int(), height: z.int(), values: z.string() }).readonly();

/** A metric that this version does not know is one of a newer version: see `parseEvent`. */
const metric = z
  .string()
  .refine((name) => allMetrics().some((each) => each.name === name), { params: { isNewer: true } })
  .transform((name) => name as MetricName);

const box = z.object({ left: number, top: number, right: number, bottom: number }).readonly();

/** What a metric found. */
export interface Measurement {
  readonly metric: MetricName;
  /** Of a curve the area under it, of the pointing game 1 for a hit and 0 for a miss, of the localisation the overlap. */
  readonly value: number;
  readonly curve?: CurvePoints;
  /** Where the localisation found the object, in pixels of the image as it was sent. */
  readonly box?: Box | null;
}

const measurement: z.ZodType<Measurement> = z
  .object({
    metric,
    value: number,
    curve: z.exactOptional(z.object({ shares: z.array(number).readonly(), probabilities: z.array(number).readonly() })),
    box: z.exactOptional(box.nullable()),
  })
  .readonly();

/** What can happen to an explanation, and what an event of each kind carries. */
const payloads = {
  /** Accepted, or asked for again after it failed or was cancelled. */
  QUEUED: z.object({ version: z.exactOptional(z.int()), request: requestSchema }),
  STARTED: z.object({ worker: z.string() }),
  /** A worker gave the work back: because it had to stop (with a `code`: as nothing could be stored), or because of an error that may pass. */
  RELEASED: z.object({
    reason: z.enum(["STOPPING", "ERROR"]),
    code: z.exactOptional(z.string().transform((code) => code as ErrorCode)),
  }),
  /**
   * The most probable classes, the first the most probable, and the class to explain. Of a multi-label model these are labels of which
   * several can be true; of one label there is no other.
   */
  CLASSIFIED: z.object({
    predictions: z.array(prediction).readonly(),
    target: prediction,
    isMultiLabel: z.exactOptional(z.literal(true)),
  }),
  /** `maps` embedding maps became as many masks as there are cluster sizes, the largest first. */
  CLUSTERED: z.object({ maps: z.int(), clusterSizes: z.array(z.int()).readonly(), meanSimilarity: number }),
  SCORED: z.object({ done: z.int(), total: z.int(), map: smallMap }),
  /** The map is final and can be read. Explanations from before there were thumbnails have none. */
  MAPPED: z.object({ thumbnail: z.exactOptional(z.literal(true)) }),
  /** A metric that takes long has had `done` of `total` answers from the model, or maps where it asks for maps. */
  MEASURING: z.object({ metric, done: z.int(), total: z.int() }),
  /** One of the metrics that were asked for; none of them delays the map. */
  MEASURED: z.object({ measurement }),
  /** `bytes` are those of all files of the result. */
  SUCCEEDED: z.object({ bytes: z.exactOptional(z.int()) }),
  FAILED: z.object({ code: z.string().transform((code) => code as ErrorCode), message: z.string() }),
  CANCELED: z.object({}),
} as const satisfies Record<string, z.ZodType>;

export type EventKind = keyof typeof payloads;

export type Prediction = z.output<typeof prediction>;

export type SmallMap = z.output<typeof smallMap>;

type PayloadOf<Kind extends EventKind> = z.output<(typeof payloads)[Kind]>;

/** What happened, as whoever makes it happen says it. */
export type EventPayload = {
  // zod infers Record<string, never> of an empty object, which would take no kind beside it.
  [Kind in EventKind]: { readonly kind: Kind } & (string extends keyof PayloadOf<Kind> ? unknown : Readonly<PayloadOf<Kind>>);
}[EventKind];

/** A line of an explanation's log: what happened, and when (ISO 8601). Its sequence number is its line's, from 1. */
export type KnownEvent = EventPayload & { readonly time: string };

/** An event that only a newer version knows: it counts, and nothing else is made of it. */
export interface UnknownEvent {
  readonly kind: "UNKNOWN";
  readonly time: string;
}

export type LogEvent = KnownEvent | UnknownEvent;

/** One kind of event. */
export type EventOf<Kind extends EventKind> = Extract<KnownEvent, { kind: Kind }>;

/** The payload of a kind, to parse a line with; undefined for a kind that this version does not know. */
export function payloadSchema(kind: string): z.ZodType | undefined {
  return Object.hasOwn(payloads, kind) ? payloads[kind as EventKind] : undefined;
}

/** The last event that this version knows. Of a log, which begins with QUEUED, there is one. */
export function lastKnown({ events }: { readonly events: readonly LogEvent[] }): KnownEvent {
  return events.findLast((event): event is KnownEvent => event.kind !== "UNKNOWN")!;
}

/** After one of these nothing more happens, unless the explanation is asked for again. */
export function isFinal(event: LogEvent): boolean {
  return event.kind === "SUCCEEDED" || event.kind === "FAILED" || event.kind === "CANCELED";
}

/** Whether a log, which has at least one event, has come to its end. */
export function isFinished(log: { readonly events: readonly LogEvent[] }): boolean {
  return isFinal(lastKnown(log));
}
