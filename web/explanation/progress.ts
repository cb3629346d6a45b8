import type { ProgressEvent } from "../api/follow.ts";
import type { ClassFragment, ExplanationQuery } from "../api/operations.ts";
import type { MethodDescription } from "../methods.ts";

/** A small map as the API tells it: `values` from 0 to 1, row by row. */
export type PartialMap = Extract<ProgressEvent, { map: unknown }>["map"];

/** An event as the explanation lists it, or as it arrives; only the latter brings the partial map. */
export type AnyEvent = ProgressEvent | NonNullable<ExplanationQuery["explanation"]>["events"][number];

/** How far an explanation has come: what its events say. */
export interface Progress {
  /** Of the newest event; where to go on. */
  readonly sequence: number;
  readonly stage: "waiting" | "started" | "classified" | "clustered" | "scored" | "mapped" | "succeeded" | "failed" | "canceled";
  readonly target?: ClassFragment;
  readonly predictions: readonly ClassFragment[];
  /** Whether several labels can be true, or none; else one class is. */
  readonly isMultiLabel: boolean;
  /** Embedding maps, of the methods that begin with them, and the masks that are scored. */
  readonly maps?: number;
  readonly masks?: number;
  /** Masks scored. */
  readonly done: number;
  readonly partial?: PartialMap;
  /** The metric that is being computed, where it takes long, and its answers of the model so far. */
  readonly measuring?: Omit<Extract<AnyEvent, { __typename: "MeasuringEvent" }>, "__typename" | "sequence"> | undefined;
  /** Whether the map is there, whatever became of what follows it. */
  readonly mapped: boolean;
}

export const nothingYet: Progress = {
  sequence: 0,
  stage: "waiting",
  predictions: [],
  isMultiLabel: false,
  done: 0,
  mapped: false,
};

/** The progress after one more event. One that is known already may only bring its map. */
export function next(progress: Progress, event: AnyEvent): Progress {
  const sequence = Math.max(progress.sequence, event.sequence);
  const known = event.sequence <= progress.sequence;
  if (known) return event.__typename === "ScoredEvent" && "map" in event ? { ...progress, partial: event.map } : progress;
  // A newer server may tell of kinds that this page does not know: they count, and change nothing else.
  const reduce = reducers[event.__typename] as ((progress: Progress, event: AnyEvent) => Progress) | undefined;
  return { ...(reduce?.(progress, event) ?? progress), sequence };
}

type EventName = AnyEvent["__typename"];

/** The progress after an event of each kind, but for its sequence number. */
const reducers: {
  readonly [Name in EventName]: (progress: Progress, event: Extract<AnyEvent, { __typename: Name }>) => Progress;
} = {
  QueuedEvent: () => nothingYet,
  ReleasedEvent: () => nothingYet,
  StartedEvent: () => ({ ...nothingYet, stage: "started" }),
  ClassifiedEvent: (progress, { target, predictions, isMultiLabel }) => ({
    ...progress,
    stage: "classified",
    target,
    predictions,
    isMultiLabel,
  }),
  ClusteredEvent: (progress, { maps, masks }) => ({ ...progress, stage: "clustered", maps, masks }),
  ScoredEvent: (progress, event) => ({
    ...progress,
    stage: "scored",
    done: event.done,
    masks: event.total,
    ...("map" in event && { partial: event.map }),
  }),
  MappedEvent: (progress) => ({ ...progress, stage: "mapped", mapped: true, measuring: undefined }),
  MeasuringEvent: (progress, { metric, done, total }) => ({ ...progress, measuring: { metric, done, total } }),
  MeasuredEvent: (progress) => ({ ...progress, stage: "mapped", mapped: true, measuring: undefined }),
  SucceededEvent: (progress) => ({ ...progress, stage: "succeeded" }),
  FailedEvent: (progress) => ({ ...progress, stage: "failed" }),
  CanceledEvent: (progress) => ({ ...progress, stage: "canceled" }),
};

/** Whether nothing more happens. */
export function isOver({ stage }: Progress): boolean {
  return stage === "succeeded" || stage === "failed" || stage === "canceled";
}

/** 0 to 1, roughly in proportion to time: the scores are nearly all of the work. */
export function fractionOf({ stage, done, masks }: Progress): number {
  switch (stage) {
    case "waiting":
      return 0;
    case "started":
      return 0.01;
    case "classified":
      return 0.03;
    case "clustered":
    case "scored":
      return 0.05 + 0.9 * (masks ? done / masks : 1);
    case "mapped":
      return 0.99;
    default:
      return 1;
  }
}

/** What is happening, in words; the method's own once it is known. */
export function sentenceOf(progress: Progress, method: Pick<MethodDescription, "activity" | "unit"> | undefined): string {
  const { stage, maps, masks, done, target, mapped } = progress;
  switch (stage) {
    case "waiting":
      return "Waiting for a worker";
    case "started":
      return "Reading the photograph";
    case "classified":
      return `Recognised ${nameOf(target?.label ?? "")}${method ? `; ${method.activity}` : ""}`;
    case "clustered":
      return `${maps} maps → ${masks} masks; scoring them`;
    case "scored":
      if (maps !== undefined) return `${maps} maps → ${masks} masks; ${done} of ${masks} done`;
      return `${done} of ${masks ?? 0}${method ? ` ${method.unit}` : ""} done`;
    case "mapped":
      return "The map is final; measuring it and writing the results";
    case "succeeded":
      return "Done";
    case "failed":
      return "It could not be done";
    case "canceled":
      return mapped ? "The measuring was cancelled" : "Cancelled";
  }
}

/** A label as people write it: `tropical_fish` is "tropical fish", `tench, Tinca tinca` is "tench". */
export function nameOf(label: string): string {
  return label.split(",")[0]!.replaceAll("_", " ");
}

/** A probability in percent, with as many digits as it needs to be told from 0 and 100. */
export function percent(probability: number): string {
  const value = 100 * probability;
  if (value > 0 && value < 0.1) return "< 0.1 %";
  return `${value < 99.95 || value === 100 ? value.toFixed(value >= 99.95 ? 0 : 1) : "99.9"} %`;
}
