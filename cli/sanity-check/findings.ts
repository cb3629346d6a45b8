import { sanityCheck, type SanityOptions } from "../../lib/evaluation/sanity-check/sanity-check.ts";
import type { SanityRecord } from "../../lib/evaluation/sanity-check/record.ts";
import type { SanityFailure, SanityRow } from "../../lib/evaluation/sanity-check/row.ts";
import type { InstalledModel } from "../../lib/vit/catalog/catalog.ts";
import { countingBar } from "../progress-bar.ts";

/** Checks each model behind a bar, and keeps what is found, until it is told to stop. All that is known then. */
export async function keepFindings(
  models: readonly InstalledModel[],
  options: SanityOptions,
  record: SanityRecord,
  stop: AbortSignal,
): Promise<{ rows: readonly SanityRow[]; failures: readonly SanityFailure[] }> {
  const rows: SanityRow[] = [];
  const failures: SanityFailure[] = [];
  for (const model of models) {
    const bar = countingBar(`maps of ${model.manifest.id}`);
    try {
      for await (const step of sanityCheck(model, { ...options, known: record.find })) {
        bar.update(step.done, step.total);
        if (step.row) rows.push(step.row);
        if (step.row && step.isNew) await record.add(step.row);
        if (step.failure) failures.push(step.failure);
        if (stop.aborted) break;
      }
    } finally {
      bar.stop();
    }
    if (stop.aborted) break;
  }
  await record.close();
  return { rows, failures };
}
