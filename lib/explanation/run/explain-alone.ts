import type { Catalog, InstalledModel } from "../../vit/catalog/catalog.ts";
import type { Classifier } from "../../classifier/classifier.ts";
import { check, type Submission } from "../request/check.ts";
import { compute } from "./compute.ts";
import type { Happening, LogEvent } from "../log/events.ts";
import type { ResultFile } from "../results/evidence-files.ts";
import { type Explanation, fold } from "../log/fold.ts";
import { measure } from "./measure.ts";
import { measurementsFile } from "../results/measurements.ts";
import { explanationId } from "../request/request.ts";
import { summarise } from "../results/summary.ts";

/**
 * Explains an image here and now, without a store, a queue or another process: the same question, events and files. Yields the
 * explanation after each event and returns the files. Throws what `check` and `compute` throw.
 */
export async function* explainAlone(
  catalog: Catalog,
  openClassifier: (model: InstalledModel) => Promise<Classifier>,
  submission: Submission,
): AsyncGenerator<Explanation, readonly ResultFile[]> {
  const question = await check(catalog, submission);
  const id = explanationId(question);
  let events: readonly LogEvent[] = [];
  const happened = (happening: Happening): Explanation => {
    events = [...events, { ...happening, time: new Date().toISOString() }];
    return fold({ id, events });
  };
  happened({ kind: "QUEUED", question });
  yield happened({ kind: "STARTED", worker: "alone" });
  const model = catalog.get(question.model.id);
  const classifier = await openClassifier(model);
  const steps = compute({ classifier, manifest: model.manifest, picture: submission.image, question });
  let step = await steps.next();
  for (; !step.done; step = await steps.next()) if (step.value) yield happened(step.value);
  const mapped = happened({ kind: "MAPPED", thumbnail: true });
  yield mapped;
  const files = [...step.value.files, { name: "explanation.json", bytes: summarise(mapped, step.value.evidence) }];
  if (question.metrics) {
    for await (const happening of measure(step.value.mapped, question.metrics)) if (happening) yield happened(happening);
    files.push({ name: "metrics.json", bytes: measurementsFile(fold({ id, events })) });
  }
  yield happened({ kind: "SUCCEEDED" });
  return files;
}
