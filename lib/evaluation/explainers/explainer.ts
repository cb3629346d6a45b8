import { CodedError } from "../../errors.ts";
import type { ParsedMethod } from "../../explanation/request/parse-method.ts";
import type { Preprocessing } from "../../image/preprocess.ts";
import type { Row } from "../row.ts";

/** A request of an evaluation: the map of a class by a method, and its metrics. */
export interface ExplanationRequest {
  /** The image file's bytes. */
  readonly image: Uint8Array;
  /** Id of the model. */
  readonly model: string;
  /** A label or an index; the most probable class where it is left out. */
  readonly target: string | undefined;
  readonly spec: ParsedMethod;
  /** As `completeMetrics` takes them, boxes included. */
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** What came of it; `unseen` counts the boxes of the request that had to be left out. */
export interface Answer extends Pick<Row, "id" | "target" | "masks" | "seconds" | "measured" | "unseen"> {
  /** The map over the picture, as an image file. */
  readonly picture: () => Promise<Uint8Array>;
}

/** A model that can be asked. */
export interface ExplainedModel {
  readonly id: string;
  /** Changes with its weights. */
  readonly digest: string;
  readonly labels: readonly string[];
  /** How an image becomes its input; of a model elsewhere the size is all that is known. */
  readonly input: Pick<Preprocessing, "width" | "height"> & Partial<Preprocessing>;
}

/** Who has requests answered, here or elsewhere. */
export interface Explainer {
  /** The models that can be asked, the default one first. */
  readonly models: readonly ExplainedModel[];
  /** How many requests it is worth asking at a time. */
  readonly concurrency: number;
  /** Throws MODEL_UNUSABLE where it is known beforehand that a model cannot be asked. */
  readonly open: (model: string) => Promise<void>;
  /**
   * Throws a CodedError where the request has no answer, an ExplanationFailed where it should have had one. SERVICE_UNREACHABLE,
   * UNAUTHENTICATED and INTERNAL that are no ExplanationFailed say nothing about it, nor does what is no CodedError.
   */
  readonly ask: (request: ExplanationRequest) => Promise<Answer>;
}

/** An explanation that was begun and came to no end: whatever its code, it says nothing about the others. */
export class ExplanationFailed extends CodedError {}
