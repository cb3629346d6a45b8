import { readFile } from "node:fs/promises";
import { CodedError, type ErrorCode } from "../errors.ts";
import type { Answer, Explainer } from "./ask.ts";
import type { Failure, Measured, Row } from "./row.ts";
import { seededMethods } from "../explanation/options.ts";
import type { MethodSpec } from "../explanation/spec.ts";
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

async function settle(task: Task, { explainer, metrics, onLine }: EvaluateOptions): Promise<void> {
  const { model, subject } = task;
  const spec = seeded(task);
  const about = { model, subject: subject.name, method: spec.text };
  try {
    const image = await readFile(subject.file);
    const answer = await explainer.ask({
      image,
      model,
      target: subject.target,
      spec,
      metrics: metricsFor(metrics, subject, spec),
    });
    const { id, target, masks, seconds } = answer;
    const { seed } = spec.options;
    const drawn = typeof seed === "number" && { seed };
    await onLine({ ...about, ...drawn, id, target, masks, seconds, measured: answer.measured.map(rounded) }, task, answer);
  } catch (error) {
    if (!(error instanceof CodedError) || OF_THE_SERVICE.has(error.code)) throw error;
    await onLine({ ...about, error: { code: error.code, message: error.message } }, task, null);
  }
}

/** A method that draws, with the subject's seed where it is given none; the text, which names the method in the tables, stays. */
function seeded({ subject, spec }: Task): MethodSpec {
  if (!seededMethods.includes(spec.method)) return spec;
  return { ...spec, options: { seed: seedOf(subject), ...spec.options } };
}

/** Errors that say nothing about the question. */
const OF_THE_SERVICE = new Set<ErrorCode>(["SERVICE_UNREACHABLE", "UNAUTHENTICATED", "INTERNAL"]);

/** Those of boxes are asked only of a subject that has any, and that of seeds only of a method that draws. */
function metricsFor(metrics: Readonly<Record<string, unknown>>, { boxes }: Subject, { method }: MethodSpec) {
  const asked = Object.entries(metrics).filter(([name]) => {
    if (OF_BOXES.has(name)) return boxes !== undefined;
    return name !== "stability" || seededMethods.includes(method);
  });
  return { ...Object.fromEntries(asked), ...(asked.some(([name]) => OF_BOXES.has(name)) && { boxes }) };
}

const OF_BOXES = new Set(["pointingGame", "energyInside", "localisation"]);

/** A curve to five digits: it is for drawing. */
function rounded({ metric, value, curve }: Measured): Measured {
  const digits = (values: readonly number[]) => values.map((each) => Number(each.toFixed(5)));
  return { metric, value, ...(curve && { curve: { shares: digits(curve.shares), probabilities: digits(curve.probabilities) } }) };
}
