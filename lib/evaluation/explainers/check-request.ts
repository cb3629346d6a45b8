import { CodedError } from "../../errors.ts";
import { completeMetrics } from "../../explanation/request/metrics.ts";
import { classIndex } from "../../vit/catalog/labels.ts";
import type { Preprocessing } from "../../image/preprocess.ts";
import type { ExplainedModel } from "./explainer.ts";
import { needsBoxes } from "../dataset/boxes.ts";
import type { Subject } from "../dataset/subject.ts";

type Metrics = Readonly<Record<string, unknown>>;

/** Metrics without boxes, all of their options filled in. Throws BAD_USER_INPUT for what they cannot be of any of the models. */
export function completeWithoutBoxes(metrics: Metrics, models: readonly ExplainedModel[]): Metrics {
  const completed = models.map(({ input }) => {
    const { width, height } = input;
    const image = { format: "png", width, height, bytes: 0, sha256: "" };
    const whole = needsBoxes(metrics) && { boxes: [{ left: 0, top: 0, right: width, bottom: height }] };
    // The method makes no difference but that it must be one that draws, for stability.
    return completeMetrics({ ...metrics, ...whole }, image, { ...ANY, ...input }, "VIT_CX") ?? {};
  });
  return Object.fromEntries(Object.entries(completed[0]!).filter(([name]) => name !== "boxes"));
}

/** What is not known of a model elsewhere, and no option depends on. */
const ANY: Omit<Preprocessing, "width" | "height"> = {
  mean: [0, 0, 0],
  sd: [1, 1, 1],
  resize: { fit: "stretch" },
  interpolation: "bilinear",
};

/** How many unknown classes a sentence names. */
const NAMED = 5;

/** Throws CLASS_UNKNOWN where a model does not have all the classes that are to be explained. */
export function checkClasses(subjects: readonly Subject[], models: readonly Pick<ExplainedModel, "id" | "labels">[]): void {
  const targets = [...new Set(subjects.flatMap(({ target }) => target ?? []))];
  for (const model of models) {
    const known = { id: model.id, labels: [...model.labels] };
    const problems = targets.flatMap((target) => problemOf(known, target) ?? []);
    if (problems.length === 0) continue;
    const others = problems.length - 1;
    const more = others === 0 ? "" : ` So it is with ${others} more: ${listed(problems.slice(1).map(({ target }) => target))}.`;
    const hint = "--classes FILE says what a class is called there, or that it is to be left out.";
    throw new CodedError("CLASS_UNKNOWN", `${problems[0]!.message}${more} ${hint}`);
  }
}

function problemOf(model: { id: string; labels: string[] }, target: string): { target: string; message: string } | null {
  try {
    classIndex(model, target);
    return null;
  } catch (error) {
    if (error instanceof CodedError) return { target, message: error.message };
    throw error;
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).map((name) => JSON.stringify(name));
  return [...shown, ...(names.length > NAMED ? ["…"] : [])].join(", ");
}
