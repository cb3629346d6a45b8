import { readFile } from "node:fs/promises";
import { CodedError, type ErrorCode } from "../errors.ts";
import { seededMethods } from "../explanation/options.ts";
import type { MethodSpec } from "../explanation/spec.ts";
import { type Answer, type Explainer, ExplanationFailed } from "./ask.ts";
import { boxesSeen, needsBoxes, withBoxes } from "./boxes.ts";
import { givenOf } from "./given.ts";
import type { Failure, Given, Measured, Row } from "./row.ts";
import { seedOf, type Subject } from "./subject.ts";

/** A question of an evaluation that is not answered yet. */
export interface Task {
  readonly model: string;
  readonly subject: Subject;
  readonly spec: MethodSpec;
}

/** Every model with every subject by every method; all of a subject's methods one after the other, so that a part is a fair part. */
export function tasksOf(models: readonly string[], subjects: readonly Subject[], specs: readonly MethodSpec[]): readonly Task[] {
  return models.flatMap((model) => subjects.flatMap((subject) => specs.map((spec) => ({ model, subject, spec }))));
}

export interface EvaluateOptions {
  readonly explainer: Explainer;
  /** As `completeMetrics` takes them, without boxes: those are the subjects'. */
  readonly metrics: Readonly<Record<string, unknown>>;
  /** Told of each answer, and kept waiting for; a subject that cannot be explained is a failure, and the rest goes on. */
  readonly onLine: (line: Row | Failure, task: Task, answer: Answer | null) => Promise<void>;
}

/** Asks all tasks. Throws what says nothing about a question: then no other is asked, and what was told stays. */
export async function evaluate(tasks: readonly Task[], options: EvaluateOptions): Promise<void> {
  const waiting = tasks.values();
  const problems: unknown[] = [];
  // All finish what they have in hand.
  await Promise.all(Array.from({ length: options.explainer.concurrency }, askInTurn));
  if (problems.length > 0) throw problems[0];

  async function askInTurn(): Promise<void> {
    for (const task of waiting) {
      if (problems.length > 0) return;
      await settle(task, options).catch((error: unknown) => problems.push(error));
    }
  }
}

/** The line that a question comes to. Telling of it is none of its dangers: what goes wrong there is no failure of the subject's. */
async function settle(task: Task, options: EvaluateOptions): Promise<void> {
  const about = { model: task.model, subject: task.subject.name, method: task.spec.text };
  const known: { given?: Given } = {};
  const [line, answer] = await answered(task, options, known).then(
    (answer) => [{ ...about, ...known, ...rowOf(seeded(task), answer) }, answer] as const,
    (error: unknown) => {
      if (!isOfTheQuestion(error)) throw error;
      return [{ ...about, ...known, error: { code: error.code, message: error.message } }, null] as const;
    },
  );
  await options.onLine(line, task, answer);
}

/** Asks, and notes about what. */
async function answered(
  { model: id, subject, spec: asWritten }: Task,
  { explainer, metrics }: EvaluateOptions,
  known: { given?: Given },
): Promise<Answer> {
  const image = await readFile(subject.file).catch((cause: NodeJS.ErrnoException) => {
    throw new CodedError("IMAGE_MISSING", `${subject.file} cannot be read: ${cause.code}.`, { cause });
  });
  const model = explainer.models.find((each) => each.id === id)!;
  known.given = givenOf(subject, image, model);
  const spec = seeded({ subject, spec: asWritten });
  const all = needsBoxes(metrics) ? (subject.boxes ?? []) : [];
  const boxes = all.length > 0 ? await boxesSeen(image, all, model.input) : [];
  const asked = withBoxes(fitting(metrics, spec), boxes);
  const { unseen = 0, ...answer } = await explainer.ask({ image, model: id, target: subject.target, spec, metrics: asked });
  const odd = answer.measured.find(({ value, curve }) => ![value, ...(curve?.probabilities ?? [])].every(Number.isFinite));
  if (odd) throw new ExplanationFailed("INTERNAL", `The metric ${odd.metric} came to what is no number.`);
  const hidden = all.length - boxes.length + unseen;
  return { ...answer, ...(hidden > 0 && { unseen: hidden }) };
}

function rowOf({ options: { seed } }: MethodSpec, { id, target, masks, seconds, unseen, measured }: Answer) {
  const more = { ...(typeof seed === "number" && { seed }), ...(unseen !== undefined && { unseen }) };
  return { ...more, id, target, masks, seconds, measured: measured.map(rounded) };
}

/** A method that draws, with the subject's seed where it is given none; the text, which names the method in the tables, stays. */
export function seeded({ subject, spec }: Pick<Task, "subject" | "spec">): MethodSpec {
  if (!seededMethods.includes(spec.method)) return spec;
  return { ...spec, options: { seed: seedOf(subject), ...spec.options } };
}

/** Errors that say nothing about the question, where they are those of asking it. */
const OF_THE_SERVICE = new Set<ErrorCode>(["SERVICE_UNREACHABLE", "UNAUTHENTICATED", "INTERNAL"]);

function isOfTheQuestion(error: unknown): error is CodedError {
  return error instanceof ExplanationFailed || (error instanceof CodedError && !OF_THE_SERVICE.has(error.code));
}

/** Stability is asked only of a method that draws. */
function fitting(metrics: Readonly<Record<string, unknown>>, { method }: MethodSpec): Readonly<Record<string, unknown>> {
  const asked = Object.entries(metrics).filter(([name]) => name !== "stability" || seededMethods.includes(method));
  return Object.fromEntries(asked);
}

/** A curve to five digits: it is for drawing. Its points lie evenly. */
function rounded({ metric, value, curve }: Measured): Measured {
  if (!curve) return { metric, value };
  return { metric, value, curve: { probabilities: curve.probabilities.map((each) => Number(each.toFixed(5))) } };
}
