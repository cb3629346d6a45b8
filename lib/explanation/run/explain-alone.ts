import type { Classifier } from "../../classifier/classifier.ts";
import type { Catalog, InstalledModel } from "../../vit/catalog/catalog.ts";
import { type EventPayload, LOG_VERSION, type LogEvent } from "../log/events.ts";
import { type Explanation, fold } from "../log/fold.ts";
import { check, type Submission } from "../request/check.ts";
import { explanationId } from "../request/request.ts";
import type { ResultFile } from "../results/evidence-files.ts";
import { pipeline } from "./pipeline.ts";

/**
 * Explains an image here and now, without a store, a queue or another process: the same request, events and files. Yields the
 * explanation after each event and returns the files. Throws what `check` and `pipeline` throw.
 */
export async function* explainAlone(
  catalog: Catalog,
  openClassifier: (model: InstalledModel) => Promise<Classifier>,
  submission: Submission,
): AsyncGenerator<Explanation, readonly ResultFile[]> {
  const request = await check(catalog, submission);
  const id = explanationId(request);
  let events: readonly LogEvent[] = [];
  const explanation = () => fold({ id, events });
  const add = (payload: EventPayload): Explanation => {
    events = [...events, { ...payload, time: new Date().toISOString() }];
    return explanation();
  };
  add({ kind: "QUEUED", version: LOG_VERSION, request });
  yield add({ kind: "STARTED", worker: "alone" });
  const files: ResultFile[] = [];
  const readPicture = async () => submission.image;
  for await (const step of pipeline({ catalog, openClassifier, readPicture, explanation })) {
    if (step && "files" in step) files.push(...step.files);
    else if (step) yield add(step.event);
  }
  return files;
}
