import { readFile } from "node:fs/promises";
import { sha256 } from "../explanation/request/request.ts";
import type { ExplainedModel } from "./explainers/explainer.ts";
import { seeded, type Task } from "./evaluate.ts";
import { isUnchanged } from "./provenance.ts";
import type { EvaluationLog } from "./evaluation-log.ts";
import { type About, type Failure, keyOf, type Row } from "./row.ts";

/** What an evaluation that goes on has before it. */
export interface Resumed {
  /** Not answered yet. */
  readonly waiting: readonly Task[];
  /** How many answers are to requests about another image, class, boxes, seed or weights, and so count no longer. */
  readonly changed: number;
  /** How many do not say what they are about, as those of earlier versions, and are taken at their names. */
  readonly unmarked: number;
}

/** Which of the tasks are left to ask. Of the record, what answers none of them, or was asked about something else, is forgotten. */
export async function resume(record: EvaluationLog, tasks: readonly Task[], models: readonly ExplainedModel[]): Promise<Resumed> {
  const taskOf = new Map(tasks.map((task) => [keyOf(aboutOf(task)), task]));
  const imageNow = hashesOnce();
  let [changed, unmarked] = [0, 0];
  for (const line of [...record.rows(), ...record.failures()]) {
    const task = taskOf.get(keyOf(line));
    const isSame = task && (await isAbout(line, task, models, imageNow));
    if (task && !isSame) changed++;
    if (!isSame) record.forget(line);
    else if (!line.given && "id" in line) unmarked++;
  }
  return { waiting: tasks.filter((task) => !record.isAnswered(aboutOf(task))), changed, unmarked };
}

function aboutOf({ model, subject, spec }: Task): About {
  return { model, subject: subject.name, method: spec.text };
}

async function isAbout(
  line: Row | Failure,
  task: Task,
  models: readonly ExplainedModel[],
  imageNow: (file: string) => Promise<string | null>,
): Promise<boolean> {
  if ("id" in line && line.seed !== seeded(task).options.seed) return false;
  const model = models.find(({ id }) => id === task.model)!;
  return !line.given || isUnchanged(line.given, task.subject, model, () => imageNow(task.subject.file));
}

/** The SHA-256 of a file, read once however often it is asked for; null where it cannot be read. */
function hashesOnce(): (file: string) => Promise<string | null> {
  const known = new Map<string, Promise<string | null>>();
  return (file) => {
    const found = known.get(file) ?? readFile(file).then(sha256, () => null);
    known.set(file, found);
    return found;
  };
}
