import { readFile } from "node:fs/promises";
import { CodedError, type ErrorCode } from "../errors.ts";
import { keysNeeding } from "../explanation/request/metrics.ts";
import { isSeeded } from "../methods/bind.ts";
import type { ParsedMethod } from "../explanation/request/parse-method.ts";
import { type Answer, type ExplainedModel, type Explainer, ExplanationFailed } from "./explainers/explainer.ts";
import { boxesSeen, needsBoxes, withBoxes } from "./dataset/boxes.ts";
import { givenOf } from "./provenance.ts";
import type { Failure, Measured, Row } from "./row.ts";
import { seedOf, type Subject } from "./dataset/subject.ts";

/** A request of an evaluation that is not answered yet. */
export interface Task {
  readonly model: string;
  readonly subject: Subject;
  readonly spec: ParsedMethod;
}

/** Every model with every subject by every method; all of a subject's methods one after the other, so that a part is a fair part. */
export function tasksOf(
  models: readonly string[],
  subjects: readonly Subject[],
  specs: readonly ParsedMethod[],
): readonly Task[] {
  return models.flatMap((model) => subjects.flatMap((subject) => specs.map((spec) => ({ model, subject, spec }))));
}

export interface EvaluateOptions {
  readonly explainer: Explainer;
  /** As `completeMetrics` takes them, without boxes: those are the subjects'. */
  readonly metrics: Readonly<Record<string, unknown>>;
  /** Told of each answer, and kept waiting for; a subject that cannot be explained is a failure, and the rest goes on. */
  readonly onLine: (line: Row | Failure, task: Task, answer: Answer | null) => Promise<void>;
}

/** Asks all tasks. Throws what says nothing about a request: then no other is asked, and what was told stays. */
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

/** Tells of the line that a request comes to. What goes wrong in the telling is no failure of the subject's. */
async function settle(task: Task, { onLine, ...options }: EvaluateOptions): Promise<void> {
  const { model: id, subject, spec } = task;
  const names = { model: id, subject: subject.name, method: spec.text };
  const image = await orFailure(readImage(subject.file));
  if (image instanceof CodedError) return onLine({ ...names, error: errorOf(image) }, task, null);

  const model = options.explainer.models.find((each) => each.id === id)!;
  const about = { ...names, given: givenOf(subject, image, model) };
  const answer = await orFailure(answerTo(task, image, model, options));
  if (answer instanceof CodedError) return onLine({ ...about, error: errorOf(answer) }, task, null);
  return onLine({ ...about, ...rowOf(seeded(task), answer) }, task, answer);
}

async function readImage(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new CodedError("IMAGE_MISSING", `${file} cannot be read: ${cause.code}.`, { cause });
  });
}

async function answerTo(
  task: Task,
  image: Uint8Array,
  { id, input }: ExplainedModel,
  { explainer, metrics }: Pick<EvaluateOptions, "explainer" | "metrics">,
): Promise<Answer> {
  const { target, boxes = [] } = task.subject;
  const spec = seeded(task);
  const all = needsBoxes(metrics) ? boxes : [];
  const seen = all.length > 0 ? await boxesSeen(image, all, input) : [];
  const asked = withBoxes(fitting(metrics, spec), seen);
  const { unseen = 0, ...answer } = await explainer.ask({ image, model: id, target, spec, metrics: asked });
  const odd = answer.measured.find(({ value, curve }) => ![value, ...(curve?.probabilities ?? [])].every(Number.isFinite));
  if (odd) throw new ExplanationFailed("INTERNAL", `The metric ${odd.metric} is not finite.`);
  const hidden = all.length - seen.length + unseen;
  return { ...answer, ...(hidden > 0 && { unseen: hidden }) };
}

function rowOf({ options: { seed } }: ParsedMethod, { id, target, masks, seconds, unseen, measured }: Answer) {
  const more = { ...(typeof seed === "number" && { seed }), ...(unseen !== undefined && { unseen }) };
  return { ...more, id, target, masks, seconds, measured: measured.map(rounded) };
}

/** A method that draws, with the subject's seed where it is given none; the text, which names the method in the tables, stays. */
export function seeded({ subject, spec }: Pick<Task, "subject" | "spec">): ParsedMethod {
  if (!isSeeded(spec.method)) return spec;
  return { ...spec, options: { seed: seedOf(subject), ...spec.options } };
}

/** Errors that say nothing about the request, where they are those of asking it. */
const OF_THE_SERVICE = new Set<ErrorCode>(["SERVICE_UNREACHABLE", "UNAUTHENTICATED", "INTERNAL"]);

/** What is made, or why the request has no answer. Throws what says nothing about it. */
async function orFailure<Made>(making: Promise<Made>): Promise<Made | CodedError> {
  return making.catch((error: unknown) => {
    if (error instanceof ExplanationFailed) return error;
    if (error instanceof CodedError && !OF_THE_SERVICE.has(error.code)) return error;
    throw error;
  });
}

function errorOf({ code, message }: CodedError): Failure["error"] {
  return { code, message };
}

/** A metric of seeds is asked only of a method that has one. */
function fitting(metrics: Readonly<Record<string, unknown>>, { method }: ParsedMethod): Readonly<Record<string, unknown>> {
  const ofSeeds: readonly string[] = keysNeeding("seed");
  const asked = Object.entries(metrics).filter(([name]) => !ofSeeds.includes(name) || isSeeded(method));
  return Object.fromEntries(asked);
}

/** A curve to five digits: it is for drawing. Its points lie evenly. */
function rounded({ metric, value, curve }: Measured): Measured {
  if (!curve) return { metric, value };
  return { metric, value, curve: { probabilities: curve.probabilities.map((each) => Number(each.toFixed(5))) } };
}
