import { pino } from "pino";
import { CodedError } from "../lib/errors.ts";
import type { Explainer } from "../lib/evaluation/ask.ts";
import { explainerHere } from "../lib/evaluation/ask-here.ts";
import { explainerThere } from "../lib/evaluation/ask-there.ts";
import { readImages } from "../lib/evaluation/images.ts";
import { readPascalVoc } from "../lib/evaluation/pascal-voc.ts";
import { sample } from "../lib/evaluation/sample.ts";
import { metricSpecs } from "../lib/explanation/spec.ts";
import type { Subject } from "../lib/evaluation/subject.ts";
import { readCatalog } from "../lib/vit/catalog.ts";
import { classifiers } from "./classifiers.ts";
import { readConfig } from "./config.ts";
import type { Arguments } from "./evaluate-options.ts";

/** How often a service is asked whether an explanation is finished. */
const POLL_MS = 500;

/** Whoever explains: this process, or the service that was named. */
export async function openExplainer({ submit, concurrency }: Arguments): Promise<Explainer> {
  if (submit !== undefined) {
    return explainerThere({ endpoint: submit, apiKey: process.env["VITCX_API_KEY"], concurrency, pollMs: POLL_MS });
  }
  const config = readConfig();
  const log = pino({ name: "evaluate", level: "warn" }, pino.destination(2));
  return explainerHere(await readCatalog(config.VITCX_MODELS), classifiers(config, log));
}

/** The models that were asked for, or the default one. Throws MODEL_UNKNOWN. */
export function modelsOf({ models }: Arguments, explainer: Explainer): readonly string[] {
  const ids = models?.split(",") ?? [explainer.models[0]];
  const unknown = ids.find((id) => !explainer.models.includes(id));
  if (unknown === undefined) return ids;
  throw new CodedError(
    "MODEL_UNKNOWN",
    `There is no model ${JSON.stringify(unknown)}; there are ${explainer.models.join(", ")}.`,
  );
}

/** What the folder, or the data set, holds. */
export async function subjectsOf({ images, labels, boxes, voc, limit }: Arguments): Promise<readonly Subject[]> {
  if ((images === undefined) === (voc === undefined))
    throw new CodedError("BAD_USER_INPUT", "Expected one of --images and --voc.");
  if (voc !== undefined && (labels ?? boxes) !== undefined) {
    throw new CodedError("BAD_USER_INPUT", "--voc has labels and boxes of its own; leave out --labels and --boxes.");
  }
  return sample(voc === undefined ? await readImages({ folder: images!, labels, boxes }) : await readPascalVoc(voc), limit);
}

/** The metrics that were asked for; those of boxes by themselves where there are any. */
export function metricsOf({ metrics }: Arguments, subjects: readonly Subject[]): Readonly<Record<string, unknown>> {
  const ofBoxes = subjects.some(({ boxes }) => boxes) ? ",pointing-game,energy-inside,localisation" : "";
  return metricSpecs(metrics ?? `deletion,insertion${ofBoxes}`);
}
