import { evaluate, tasksOf } from "../lib/evaluation/evaluate.ts";
import { keepPicture, openFolder } from "../lib/evaluation/folder.ts";
import { openRecord } from "../lib/evaluation/record.ts";
import { methodSpecs } from "../lib/explanation/spec.ts";
import { writeResults } from "../lib/evaluation/write-results.ts";
import { endWith } from "./end-with.ts";
import { metricsOf, modelsOf, openExplainer, subjectsOf } from "./evaluate-inputs.ts";
import { readArguments, usage } from "./evaluate-options.ts";
import { evaluationBar } from "./evaluate-progress.ts";

/** `npm run evaluate`: explains the images of a folder by several methods, and compares these by metrics. */
async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2));
  if (given.help) {
    console.log(usage);
    return;
  }
  const specs = methodSpecs(given.methods);
  const subjects = await subjectsOf(given);
  const metrics = metricsOf(given, subjects);
  const explainer = await openExplainer(given);
  const models = modelsOf(given, explainer);

  await openFolder(given.out, metrics);
  const record = await openRecord(given.out);
  const pictured = new Set(subjects.slice(0, given.pictures));
  const tasks = tasksOf(models, subjects, specs).filter(
    ({ model, subject, spec }) => !record.isAnswered({ model, subject: subject.name, method: spec.text }),
  );
  const bar = evaluationBar(tasks);
  try {
    await evaluate(tasks, {
      explainer,
      metrics,
      async onLine(line, task, answer) {
        if (answer && pictured.has(task.subject)) await keepPicture(given.out, answer.id, await answer.picture());
        await record.add(line);
        bar.answered(task);
      },
    });
  } finally {
    bar.stop();
    await record.close();
  }
  const command = `npm run evaluate -- ${process.argv.slice(2).join(" ")}`;
  const asked = { command, models, methods: specs.map(({ text }) => text), metrics, subjects: subjects.length };
  console.log(await writeResults(given.out, asked, record, [...pictured]));
}

main().catch(endWith);
