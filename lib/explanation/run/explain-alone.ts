import type { Catalog, InstalledModel } from "../../vit/catalog/catalog.ts";
import type { Classifier } from "../../classifier/classifier.ts";
import { check, type Submission } from "../request/check.ts";
import { compute } from "./compute.ts";
import { type EventPayload, LOG_VERSION, type LogEvent } from "../log/events.ts";
import type { ResultFile } from "../results/evidence-files.ts";
import { type Explanation, fold } from "../log/fold.ts";
import { measure } from "./measure.ts";
import { measurementsFile } from "../results/measurements.ts";
import { explanationId } from "../request/request.ts";
import { summarise } from "../results/summary.ts";

/**
 * Explains an image here and now, without a store, a queue or another process: the same request, events and files. Yields the
 * explanation after each event and returns the files. Throws what `check` and `compute` throw.
 */
export async function* explainAlone(
  catalog: Catalog,
  openClassifier: (model: InstalledModel) => Promise<Classifier>,
  submission: Submission,
): AsyncGenerator<Explanation, readonly ResultFile[]> {
  const request = await check(catalog, submission);
  const id = explanationId(request);
  let events: readonly LogEvent[] = [];
  const happened = (payload: EventPayload): Explanation => {
    events = [...events, { ...payload, time: new Date().toISOString() }];
    return fold({ id, events });
  };
  happened({ kind: "QUEUED", version: LOG_VERSION, request });
  yield happened({ kind: "STARTED", worker: "alone" });
  const model = catalog.get(request.model.id);
  const classifier = await openClassifier(model);
  const steps = compute({ classifier, manifest: model.manifest, picture: submission.image, request });
  let step = await steps.next();
  for (; !step.done; step = await steps.next()) if (step.value) yield happened(step.value);
  const mapped = happened({ kind: "MAPPED", thumbnail: true });
  yield mapped;
  const files = [...step.value.files, { name: "explanation.json", bytes: summarise(mapped, step.value.evidence) }];
  if (request.metrics) {
    for await (const payload of measure(step.value.mapped, request.metrics)) if (payload) yield happened(payload);
    files.push({ name: "metrics.json", bytes: measurementsFile(fold({ id, events })) });
  }
  yield happened({ kind: "SUCCEEDED" });
  return files;
}
