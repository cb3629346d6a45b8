import { checkClasses, completeWithoutBoxes } from "../lib/evaluation/explainers/check-request.ts";
import { tasksOf } from "../lib/evaluation/evaluate.ts";
import { openFolder } from "../lib/evaluation/folder.ts";
import { openEvaluationLog } from "../lib/evaluation/evaluation-log.ts";
import { resume } from "../lib/evaluation/resume.ts";
import { sample } from "../lib/evaluation/dataset/sample.ts";
import { commandText, leftOutSentence, nothingMade, resumedSentences } from "../lib/evaluation/report/messages.ts";
import { writeResults } from "../lib/evaluation/report/write-results.ts";
import { parseMethods } from "../lib/explanation/request/parse-method.ts";
import { endWith } from "../functions/exit-with.ts";
import { keepAnswers } from "./evaluate/answers.ts";
import { metricsOf, modelsOf, openExplainer, readSubjects } from "./evaluate/inputs.ts";
import { takeFolder } from "./evaluate/folder-lock.ts";
import { readArguments, usage } from "./evaluate/options.ts";
import { type Stopped, stopSignal } from "./stop-signal.ts";

/** `npm run evaluate`: explains the images of a folder by several methods, and compares these by metrics. */
async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2));
  if (given.help) {
    console.log(usage);
    return;
  }
  const stop = stopSignal();
  const specs = parseMethods(given.methods);
  const found = await readSubjects(given);
  const subjects = sample(found.subjects, given.limit);
  const explainer = await openExplainer(given, stop);
  const models = await modelsOf(given, explainer);
  const complete = (metrics: Readonly<Record<string, unknown>>) => completeWithoutBoxes(metrics, models);
  const metrics = complete(metricsOf(given, found.subjects));
  checkClasses(subjects, models);

  const { out: folder } = given;
  await takeFolder(folder);
  await openFolder(folder, metrics, complete);
  const pictured = sample(subjects, given.pictures);
  const shown = new Set(pictured.map(({ name }) => name));
  const record = await openEvaluationLog(folder, ({ subject }) => shown.has(subject));
  const ids = models.map(({ id }) => id);
  const resumed = await resume(record, tasksOf(ids, subjects, specs), models);
  for (const sentence of [...found.leftOut.map(leftOutSentence), ...resumedSentences(resumed)]) console.error(sentence);

  const problem = await keepAnswers(resumed.waiting, { explainer, metrics, folder, record, shown });
  const methods = specs.map(({ text }) => text);
  const command = commandText(process.argv.slice(2));
  const asked = { command, models: ids, methods, metrics, subjects: subjects.length, leftOut: found.leftOut };
  const tables = await writeResults(folder, asked, record, pictured);
  if (problem === null) console.log(tables);
  else console.error(`What there is so far is in ${folder}; the same command goes on.`);
  if (stop.aborted) process.exit((stop.reason as Stopped).exitCode);
  if (problem !== null) endWith(problem);
  if (record.rows().length === 0) endWith(nothingMade(record.failures()));
}

main().catch(endWith);
