import type { Row } from "./row.ts";
import type { MethodSpec } from "../explanation/spec.ts";

/** A question of an evaluation: the map of a class by a method, and its metrics. */
export interface Question {
  /** The image file's bytes. */
  readonly image: Uint8Array;
  /** Id of the model. */
  readonly model: string;
  /** A label or an index; the most probable class where it is left out. */
  readonly target: string | undefined;
  readonly spec: MethodSpec;
  /** As `completeMetrics` takes them, boxes included. */
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** What came of it. */
export interface Answer extends Pick<Row, "id" | "target" | "masks" | "seconds" | "measured"> {
  /** The map over the picture, as an image file. */
  readonly picture: () => Promise<Uint8Array>;
}

/** Who has questions answered, here or elsewhere. */
export interface Explainer {
  /** Ids of the models that can be asked, the default one first. */
  readonly models: readonly string[];
  /** How many questions it is worth asking at a time. */
  readonly concurrency: number;
  /** Throws a CodedError where the question has no answer; SERVICE_UNREACHABLE, UNAUTHENTICATED and INTERNAL say nothing about it. */
  readonly ask: (question: Question) => Promise<Answer>;
}
