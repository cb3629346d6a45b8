import { checkClasses, completeWithoutBoxes } from "../../lib/evaluation/explainers/check-request.ts";
import { tasksOf } from "../../lib/evaluation/evaluate.ts";
import { metricsText, openFolder } from "../../lib/evaluation/folder.ts";
import { openStoredRows, type StoredRows } from "../../lib/evaluation/stored-rows.ts";
import { openStore } from "../../functions/adapters.ts";
import { readConfig } from "../../functions/config.ts";
import { openEvaluationLog } from "../../lib/evaluation/evaluation-log.ts";
import { resume } from "../../lib/evaluation/resume.ts";
import { sample } from "../../lib/evaluation/dataset/sample.ts";
import { commandText, leftOutSentence, nothingMade, resumedSentences } from "../../lib/evaluation/report/messages.ts";
import { writeResults } from "../../lib/evaluation/report/write-results.ts";
import { parseMethods } from "../../lib/explanation/request/parse-method.ts";
import { takeFolder } from "../folder-lock.ts";
import { stopSignal } from "../stop-signal.ts";
import { keepAnswers } from "./answers.ts";
import { type EvaluateFlags, metricsOf, modelsOf, openExplainer, readSubjects } from "./inputs.ts";

/** Explains the images of a folder by several methods, and compares these by metrics. Throws Stopped after Ctrl-C, with what there is written. */
export async function evaluateFolder(flags: EvaluateFlags): Promise<void> {
  const stop = stopSignal();
  const specs = parseMethods(flags.methods);
  const found = await readSubjects(flags);
  const subjects = sample(found.subjects, flags.limit);
  const explainer = await openExplainer(flags, stop);
  const models = await modelsOf(flags, explainer);
  const complete = (metrics: Readonly<Record<string, unknown>>) => completeWithoutBoxes(metrics, models);
  const metrics = complete(metricsOf(flags, found.subjects));
  checkClasses(subjects, models);

  const { out: folder } = flags;
  await takeFolder(folder);
  await openFolder(folder, metrics, complete);
  const pictured = sample(subjects, flags.pictures);
  const shown = new Set(pictured.map(({ name }) => name));
  const stored = flags.rows === undefined ? undefined : await rowsOf(flags.rows, metricsText(complete(metrics)));
  const record = await openEvaluationLog(folder, ({ subject }) => shown.has(subject), stored);
  const ids = models.map(({ id }) => id);
  const resumed = await resume(record, tasksOf(ids, subjects, specs), models);
  for (const sentence of [...found.leftOut.map(leftOutSentence), ...resumedSentences(resumed)]) console.error(sentence);

  const problem = await keepAnswers(resumed.waiting, { explainer, metrics, folder, record, shown });
  const methods = specs.map(({ text }) => text);
  const command = commandText(process.argv.slice(3));
  const asked = { command, models: ids, methods, metrics, subjects: subjects.length, leftOut: found.leftOut };
  const tables = await writeResults(folder, asked, record, pictured);
  if (problem === null) console.log(tables);
  else console.error(`What there is so far is in ${folder}; the same command resumes it.`);
  stop.throwIfAborted();
  if (problem !== null) throw problem;
  if (record.rows().length === 0) throw nothingMade(record.failures());
}

async function rowsOf(name: string, metrics: string): Promise<StoredRows> {
  return openStoredRows(await openStore(readConfig(), undefined), name, metrics);
}
