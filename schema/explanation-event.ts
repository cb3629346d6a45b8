import type { FieldMap } from "@pothos/core";
import type { EventKind, EventOf } from "../lib/explanation/log/events.ts";
import { type Followed, follow } from "../lib/explanation/log/follow.ts";
import { builder } from "./builder.ts";
import { MeasurementType } from "./measurement.ts";
import { MetricType } from "./options/metrics.ts";
import { first, firstPredictions, PredictionType } from "./prediction.ts";
import { SmallMapType } from "./maps/small-map.ts";

export const EventInterface = builder.interfaceRef<Followed>("ExplanationEvent").implement({
  description: "Something that happened to an explanation: a line of its log.",
  fields: (t) => ({
    explanationId: t.exposeID("id"),
    sequence: t.exposeInt("sequence", { description: "1, 2, 3 …; pass the last one seen as `after` to go on from there." }),
    time: t.field({ type: "DateTime", resolve: ({ event }) => new Date(event.time) }),
  }),
  resolveType: ({ event }) => typeName(event.kind),
});

/** An event of one kind, in its place in a log. */
type FollowedOf<Kind extends EventKind> = Omit<Followed, "event"> & { readonly event: EventOf<Kind> };

interface Definition<Kind extends EventKind> {
  readonly description: string;
  readonly fields?: (t: PothosSchemaTypes.ObjectFieldBuilder<typeof builder.$inferSchemaTypes, FollowedOf<Kind>>) => FieldMap;
}

/** The object type of each kind of event: what clients are told of it. */
const definitions: { readonly [Kind in EventKind]: Definition<Kind> } = {
  QUEUED: { description: "Accepted, or asked for again." },
  STARTED: {
    description: "A worker began; a second one tells of a worker that died.",
    fields: (t) => ({ worker: t.string({ resolve: ({ event }) => event.worker }) }),
  },
  RELEASED: {
    description: "A worker gave the work back: it had to stop (STOPPING), or met an error that may pass (ERROR).",
    fields: (t) => ({
      reason: t.string({ description: "STOPPING or ERROR.", resolve: ({ event }) => event.reason }),
      code: t.string({
        nullable: true,
        description:
          "STORAGE_FULL or STORAGE_UNAVAILABLE, where it had to stop because nothing could be stored: the job waits for that to pass.",
        resolve: ({ event }) => event.code ?? null,
      }),
    }),
  },
  CLASSIFIED: {
    description: "The model has said what it sees.",
    fields: (t) => ({
      target: t.field({ type: PredictionType, description: "The class to explain.", resolve: ({ event }) => event.target }),
      predictions: t.field({
        type: [PredictionType],
        args: { first: t.arg.int({ description: first }) },
        resolve: ({ event }, { first }) => firstPredictions(event, first),
      }),
      isMultiLabel: t.boolean({
        description: "Whether several of the labels can be true, or none: each then has a probability of its own.",
        resolve: ({ event }) => event.isMultiLabel === true,
      }),
    }),
  },
  CLUSTERED: {
    description: "The patch embeddings have become masks.",
    fields: (t) => ({
      maps: t.int({ description: "D, the embedding maps.", resolve: ({ event }) => event.maps }),
      masks: t.int({ description: "K, the masks that clustering left.", resolve: ({ event }) => event.clusterSizes.length }),
      meanSimilarity: t.float({ resolve: ({ event }) => event.meanSimilarity }),
    }),
  },
  SCORED: {
    description: "Another batch of masks is scored, the largest clusters first.",
    fields: (t) => ({
      done: t.int({ resolve: ({ event }) => event.done }),
      total: t.int({ resolve: ({ event }) => event.total }),
      map: t.field({ type: SmallMapType, description: "The map that the masks so far make.", resolve: ({ event }) => event.map }),
    }),
  },
  MAPPED: { description: "The map is final and can be read." },
  MEASURING: {
    description: "How far a metric has come that takes long.",
    fields: (t) => ({
      metric: t.field({ type: MetricType, resolve: ({ event }) => event.metric }),
      done: t.int({
        description: "Answers of the model so far; maps, of a metric that compares maps.",
        resolve: ({ event }) => event.done,
      }),
      total: t.int({ resolve: ({ event }) => event.total }),
    }),
  },
  MEASURED: {
    description: "One of the metrics that were asked for.",
    fields: (t) => ({ measurement: t.field({ type: MeasurementType, resolve: ({ event }) => event.measurement }) }),
  },
  SUCCEEDED: { description: "All results can be read." },
  FAILED: {
    description: "It cannot be done.",
    fields: (t) => ({
      code: t.string({ resolve: ({ event }) => event.code }),
      message: t.string({ resolve: ({ event }) => event.message }),
    }),
  },
  CANCELED: {
    description:
      "Stopped by `cancelExplanation`. After `MappedEvent` it stopped the metrics alone, and the explanation has succeeded.",
  },
};

function implement<Kind extends EventKind>(kind: Kind): void {
  const { description, fields = () => ({}) } = definitions[kind] as Definition<Kind>;
  builder.objectRef<FollowedOf<Kind>>(typeName(kind)).implement({ interfaces: [EventInterface], description, fields });
}

for (const kind of Object.keys(definitions)) implement(kind as EventKind);

/** SUCCEEDED: SucceededEvent. */
function typeName(kind: EventKind): string {
  return `${kind.charAt(0)}${kind.slice(1).toLowerCase()}Event`;
}

builder.subscriptionField("explanationProgress", (t) =>
  t.field({
    type: EventInterface,
    description:
      "What has happened to an explanation after event `after`, and what happens from now on; ends after the final event.",
    args: { id: t.arg.id({ required: true }), after: t.arg.int({ defaultValue: 0, required: true }) },
    subscribe: (_, { id, after }, { deps, owner, pollMs, request }) =>
      follow(deps, owner, id, lastEventId(request) ?? after, request.signal, pollMs),
    resolve: (followed, _, { budget, onEvent }) => {
      budget.renew();
      onEvent(followed.sequence);
      return followed;
    },
  }),
);

/** What an EventSource that connects again has seen last; null for a client that does not reconnect. */
function lastEventId({ headers }: Request): number | null {
  const id = headers.get("last-event-id") ?? "";
  return /^\d{1,9}$/.test(id) ? Number(id) : null;
}
