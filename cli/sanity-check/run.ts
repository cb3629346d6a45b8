import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readConfig } from "../../functions/config.ts";
import { readImages } from "../../lib/evaluation/dataset/images.ts";
import { sample } from "../../lib/evaluation/dataset/sample.ts";
import { checkClasses } from "../../lib/evaluation/explainers/check-request.ts";
import { leftOutSentence, nothingMade } from "../../lib/evaluation/report/messages.ts";
import { openSanityRecord, type SanityRecord } from "../../lib/evaluation/sanity-check/record.ts";
import type { SanityFailure, SanityRow } from "../../lib/evaluation/sanity-check/row.ts";
import { sanityCheck, type SanityOptions } from "../../lib/evaluation/sanity-check/sanity-check.ts";
import { sanityCsv, sanityMarkdown, sanityMeans } from "../../lib/evaluation/sanity-check/table.ts";
import { parseMethods } from "../../lib/explanation/request/parse-method.ts";
import { type InstalledModel, readCatalog } from "../../lib/vit/catalog/catalog.ts";
import { takeFolder } from "../folder-lock.ts";
import { modelFolders } from "../model-folders.ts";
import { countingBar } from "../progress-bar.ts";
import { endIfStuck } from "../end-if-stuck.ts";
import { stopSignal } from "../stop-signal.ts";

export interface SanityCheckFlags {
  readonly images: string;
  readonly labels?: string;
  /** Infinity for all there are. */
  readonly limit: number;
  readonly models?: string;
  readonly methods: string;
  readonly out: string;
}

/**
 * Compares the maps of several methods as a model's weights are randomised, once for each seed, and writes rows and tables into a folder.
 * Throws Stopped after Ctrl-C, with what there is written.
 */
export async function checkSanity(flags: SanityCheckFlags & { readonly seeds: readonly number[] }): Promise<void> {
  const stop = stopSignal();
  const specs = parseMethods(flags.methods);
  const found = await readImages({ folder: flags.images, labels: flags.labels });
  const subjects = sample(found.subjects, flags.limit);
  const config = readConfig();
  endIfStuck();
  const catalog = await readCatalog(modelFolders());
  const models = flags.models?.split(",").map((id) => catalog.get(id)) ?? [catalog.default];
  checkClasses(
    subjects,
    models.map(({ manifest }) => manifest),
  );
  const classifier = { threads: config.VITCX_THREADS, executionProviders: config.VITCX_EXECUTION_PROVIDERS };

  await takeFolder(flags.out);
  const record = await openSanityRecord(flags.out);
  for (const each of found.leftOut) console.error(leftOutSentence(each));
  const { seeds } = flags;
  const { rows, failures } = await findAll(models, { subjects, specs, seeds, classifier }, record, stop);
  const means = sanityMeans(rows);
  const write = (name: string, text: string) => writeFile(join(flags.out, name), text);
  await write("sanity-check.csv", sanityCsv(means));
  await write("sanity-check.md", sanityMarkdown(means, failures));
  if (stop.aborted) console.error(`What there is so far is in ${flags.out}; the same command resumes it.`);
  else console.log(sanityMarkdown(means, failures));
  stop.throwIfAborted();
  if (rows.length === 0) throw nothingMade(failures);
}

/** Checks each model behind a bar, and keeps what is found, until it is told to stop. All that is known then. */
async function findAll(
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
