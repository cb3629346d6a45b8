import type { Classifier } from "../../classifier/classifier.ts";
import { CodedError } from "../../errors.ts";
import { mapSteps, type Steps } from "../../steps/steps.ts";
import type { Catalog, InstalledModel } from "../../vit/catalog/catalog.ts";
import type { EventPayload } from "../log/events.ts";
import type { Explanation } from "../log/fold.ts";
import type { ResultFile } from "../results/evidence-files.ts";
import { measurementsFile } from "../results/measurements.ts";
import { summarise } from "../results/summary.ts";
import { compute } from "./compute.ts";
import { measure } from "./measure.ts";

/** What an explanation is made with. */
export interface PipelineTask {
  readonly catalog: Pick<Catalog, "get">;
  readonly openClassifier: (model: InstalledModel) => Promise<Classifier>;
  /** Reads the image file's bytes. */
  readonly readPicture: () => Promise<Uint8Array>;
  /** The explanation with all events that were yielded so far: it has STARTED. */
  readonly explanation: () => Explanation;
}

/** What comes of a step: an event for the log, files of the result, or null where there is nothing to report. */
export type PipelineStep = { readonly event: EventPayload } | { readonly files: readonly ResultFile[] } | null;

/**
 * The whole order of an explanation, from STARTED to SUCCEEDED: what a worker does with a job, and the command line alone. Yields events
 * and files in the order in which they must be kept: files before the event that announces them. A caller that stops iterating stops
 * the work.
 *
 * @throws CodedError MODEL_UNKNOWN where the model is not the one that the request was made for; what the classifier and methods throw
 */
export async function* pipeline(task: PipelineTask): Steps<PipelineStep, void> {
  const { request } = task.explanation();
  const model = task.catalog.get(request.model.id);
  if (model.digest !== request.model.digest) {
    const message = `The model "${request.model.id}" has changed since the request was made; send it again.`;
    throw new CodedError("MODEL_UNKNOWN", message);
  }
  const picture = await task.readPicture();
  const classifier = await task.openClassifier(model);
  const steps = compute({ classifier, manifest: model.manifest, picture, request });
  const { evidence, mapped, files } = yield* mapSteps(steps, eventStep);
  let bytes = 0;
  const step = (files: readonly ResultFile[]): PipelineStep => {
    bytes = files.reduce((sum, file) => sum + file.bytes.length, bytes);
    return { files };
  };
  yield step(files);
  yield { event: { kind: "MAPPED", thumbnail: true } };
  yield step([{ name: "explanation.json", bytes: summarise(task.explanation(), evidence) }]);
  if (request.metrics) {
    yield* mapSteps(measure(mapped, request.metrics), eventStep);
    yield step([{ name: "metrics.json", bytes: measurementsFile(task.explanation()) }]);
  }
  yield { event: { kind: "SUCCEEDED", bytes } };
}

function eventStep(event: EventPayload | null): PipelineStep {
  return event && { event };
}
