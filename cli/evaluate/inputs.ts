import { pino } from "pino";
import { CodedError } from "../../lib/errors.ts";
import type { ExplainedModel, Explainer } from "../../lib/evaluation/explainers/explainer.ts";
import { localExplainer } from "../../lib/evaluation/explainers/local-explainer.ts";
import { remoteExplainer } from "../../lib/evaluation/explainers/remote-explainer.ts";
import { readImages } from "../../lib/evaluation/dataset/images.ts";
import { readPascalVoc } from "../../lib/evaluation/dataset/pascal-voc.ts";
import type { DataSet, Subject } from "../../lib/evaluation/dataset/subject.ts";
import { allMetrics } from "../../lib/metrics/registry.ts";
import { parseMetrics } from "../../lib/explanation/request/parse-method.ts";
import { readCatalog } from "../../lib/vit/catalog/catalog.ts";
import { classifiers } from "../../functions/classifiers.ts";
import { readConfig } from "../../functions/config.ts";
import { endIfStuck } from "../end-if-stuck.ts";
import { modelFolders } from "../model-folders.ts";

/** The options of `vitcx evaluate`. */
export interface EvaluateFlags {
  readonly images?: string;
  readonly labels?: string;
  readonly boxes?: string;
  readonly voc?: string;
  readonly classes?: string;
  /** Infinity for all there are. */
  readonly limit: number;
  readonly models?: string;
  readonly methods: string;
  readonly metrics?: string;
  readonly out: string;
  readonly pictures: number;
  readonly rows?: string;
  readonly submit?: string;
  readonly concurrency: number;
}

/** How often a service is asked whether an explanation is finished, and how long it may take to answer. */
const [POLL_MS, TIMEOUT_MS] = [500, 120_000];

/** Whoever explains, until it is told to stop: this process, or the service that was named. */
export async function openExplainer({ submit: endpoint, concurrency }: EvaluateFlags, stop: AbortSignal): Promise<Explainer> {
  if (endpoint !== undefined) {
    const apiKey = process.env["VITCX_API_KEY"];
    return remoteExplainer({ endpoint, apiKey, concurrency, stop, pollMs: POLL_MS, timeoutMs: TIMEOUT_MS });
  }
  endIfStuck();
  const config = readConfig();
  const log = pino({ name: "evaluate", level: "warn" }, pino.destination(2));
  return localExplainer(await readCatalog(modelFolders()), classifiers(config, log), stop);
}

/** The models that were asked for, or the default one. Throws MODEL_UNKNOWN, and MODEL_UNUSABLE where that is known beforehand. */
export async function modelsOf({ models }: EvaluateFlags, explainer: Explainer): Promise<readonly ExplainedModel[]> {
  const ids = [...new Set(models?.split(",") ?? [explainer.models[0]!.id])];
  const known = explainer.models.map(({ id }) => id);
  const found = ids.map((id) => {
    const model = explainer.models.find((each) => each.id === id);
    if (model) return model;
    throw new CodedError("MODEL_UNKNOWN", `There is no model ${JSON.stringify(id)}; there are ${known.join(", ")}.`);
  });
  for (const id of ids) await explainer.open(id);
  return found;
}

/** What the folder, or the data set, holds. */
export async function readSubjects({ images, labels, boxes, voc, classes }: EvaluateFlags): Promise<DataSet> {
  if (images === undefined && voc === undefined) throw new CodedError("BAD_USER_INPUT", "Expected --images or --voc.");
  if (voc === undefined) return readImages({ folder: images!, labels, boxes, classes });
  if (boxes === undefined) return readPascalVoc({ folder: voc, images, labels, classes });
  throw new CodedError("BAD_USER_INPUT", "--voc has boxes of its own; leave out --boxes.");
}

/** The metrics that were asked for, or the default ones; those of boxes where the data set has any. */
export function metricsOf({ metrics }: EvaluateFlags, subjects: readonly Subject[]): Readonly<Record<string, unknown>> {
  const hasBoxes = subjects.some(({ boxes }) => boxes);
  const byDefault = allMetrics().filter((metric) => metric.byDefault && (metric.needs !== "boxes" || hasBoxes));
  return parseMetrics(metrics ?? byDefault.map(({ name }) => name).join(","));
}
