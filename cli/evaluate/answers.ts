import type { Explainer } from "../../lib/evaluation/explainers/explainer.ts";
import { evaluate, type Task } from "../../lib/evaluation/evaluate.ts";
import { keepPicture } from "../../lib/evaluation/folder.ts";
import type { EvaluationLog } from "../../lib/evaluation/evaluation-log.ts";
import { TimeLeft } from "../../lib/evaluation/time-left.ts";
import { drawnBar } from "../progress-bar.ts";

export interface AnswersOptions {
  readonly explainer: Explainer;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly folder: string;
  readonly record: EvaluationLog;
  /** Names of the subjects whose maps are shown. */
  readonly shown: ReadonlySet<string>;
}

/** Has tasks answered, and keeps the answers, behind a bar. Returns what kept it from going on to the end, or null. */
export async function keepAnswers(tasks: readonly Task[], options: AnswersOptions): Promise<unknown> {
  const { explainer, metrics, folder, record, shown } = options;
  const bar = evaluationBar(tasks);
  const unpictured: string[] = [];
  try {
    await evaluate(tasks, {
      explainer,
      metrics,
      async onLine(line, task, answer) {
        await record.add(line);
        if (answer && shown.has(line.subject)) {
          // The picture is for people; the answer counts without.
          const kept = answer.picture().then((bytes) => keepPicture(folder, answer.id, bytes));
          await kept.catch((error: unknown) => unpictured.push(`${line.subject}: ${String(error)}`));
        }
        bar.answered(task);
      },
    });
    return null;
  } catch (error) {
    return error;
  } finally {
    bar.stop();
    await record.close();
    if (unpictured.length > 0) console.error(`Pictures that could not be kept: ${unpictured.length}, as of ${unpictured[0]}`);
  }
}

/** A bar with the time left. */
function evaluationBar(tasks: readonly Task[]) {
  const bar = drawnBar("{value} of {total} | {left}");
  const left = new TimeLeft(tasks.map(kindOf));
  let before = performance.now();
  let done = 0;
  bar.update(0, tasks.length, { left: "" });
  return {
    answered(task: Task): void {
      const now = performance.now();
      // Of several at a time, each takes its share of the clock.
      left.done(kindOf(task), now - before);
      before = now;
      bar.update(++done, tasks.length, { left: textOf(left.ms) });
    },
    stop: () => bar.stop(),
  };
}

function kindOf({ model, spec }: Task) {
  return { model, method: spec.text };
}

function textOf(ms: number | null): string {
  if (ms === null) return "";
  const minutes = Math.ceil(ms / 60_000);
  return `${minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`} left`;
}
