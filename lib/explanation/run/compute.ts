import type { MethodProgress } from "../../methods/method.ts";
import { preprocess } from "../../image/preprocess.ts";
import { normaliseMap } from "../../saliency-map/normalise.ts";
import type { Extent } from "../../tensor/tensor.ts";
import type { Classifier } from "../../classifier/classifier.ts";
import type { Manifest } from "../../vit/catalog/manifest.ts";
import type { EventPayload, Prediction, SmallMap } from "../log/events.ts";
import { evidenceFiles, type ResultFile } from "../results/evidence-files.ts";
import { drawMapFiles, showableMap } from "../results/map-files.ts";
import type { Mapped } from "./measure.ts";
import { type AnyEvidence, methodOf } from "./methods.ts";
import type { MethodConfig } from "../request/options.ts";
import type { RequestBase } from "../request/request.ts";
import { toSmallMap } from "../results/small-map.ts";
import { SILENCE_MS } from "./timer.ts";

/** What the computing of an explanation needs. */
export interface Task {
  readonly classifier: Classifier;
  readonly manifest: Manifest;
  /** The image file's bytes. */
  readonly picture: Uint8Array;
  readonly request: Pick<RequestBase, "image" | "target"> & MethodConfig;
}

/** What it comes to. */
export interface Result {
  readonly evidence: AnyEvidence;
  readonly mapped: Mapped;
  /** Everything but explanation.json and metrics.json. */
  readonly files: readonly ResultFile[];
}

/** How many of the most probable classes an explanation keeps. */
const PREDICTIONS = 100;

/** What lies between two events of scores: milliseconds, and a share of the masks. ViT-CX has few batches, but where nothing is merged. */
const BETWEEN_SCORES = { VIT_CX: { ms: 0, share: 0.02 }, others: { ms: 200, share: 0.01 } };

/**
 * Explains an image, from the bytes of its file to the files of the result. Yields what happens for the log, and null where a
 * batch is not worth telling of; a caller that stops iterating stops the work.
 */
export async function* compute({ classifier, manifest, picture, request }: Task): AsyncGenerator<EventPayload | null, Result> {
  const input = await preprocess(picture, manifest.input);
  const steps = methodOf(request).explain(classifier, input);
  const isWorthTelling = seldom(request.method === "VIT_CX" ? BETWEEN_SCORES.VIT_CX : BETWEEN_SCORES.others);
  let target = request.target;
  let step = await steps.next();
  for (; !step.done; step = await steps.next()) {
    if (step.value.stage === "classified") target ??= argmax(step.value.probabilities);
    const progress = step.value;
    const isTold = progress.stage !== "scoring" && isWorthTelling(progress);
    yield isTold ? payloadOf(progress, request, target!, manifest) : null;
  }
  const evidence = step.value;
  const saliency = methodOf(request).saliencyOf(evidence, target!, classifier);
  const map = normaliseMap(saliency);
  const over = { picture, image: request.image, input: manifest.input };
  const drawn = await drawMapFiles(map, over);
  const made = { classifier, input, saliency, target: target!, config: request };
  const mapped = { ...made, image: request.image, preprocessing: manifest.input };
  return { evidence, mapped, files: [...drawn, ...evidenceFiles(request.method, evidence)] };
}

type Telling = Exclude<MethodProgress<AnyEvidence>, { stage: "scoring" }>;

/** Of the scores the first, the last, and few between; of the rest everything. */
function seldom({ ms, share }: { readonly ms: number; readonly share: number }): (progress: Telling) => boolean {
  let told = { done: -Infinity, at: -Infinity };
  return (progress) => {
    if (progress.stage !== "scored" || progress.done === progress.total) return true;
    const at = performance.now();
    const isMuch = progress.done >= told.done + share * progress.total;
    if (at - told.at < (isMuch ? ms : SILENCE_MS)) return false;
    told = { done: progress.done, at };
    return true;
  };
}

function payloadOf(progress: Telling, config: MethodConfig, target: number, { labels }: Manifest): EventPayload {
  switch (progress.stage) {
    case "classified": {
      const all = Array.from(progress.probabilities, (probability, index): Prediction => ({
        index,
        label: labels[index],
        probability,
      }));
      const predictions = all.toSorted((a, b) => b.probability - a.probability).slice(0, PREDICTIONS);
      return { kind: "CLASSIFIED", predictions, target: all[target] };
    }
    case "clustered":
      return {
        kind: "CLUSTERED",
        maps: progress.maps,
        clusterSizes: progress.clusterSizes,
        meanSimilarity: progress.meanSimilarity,
      };
    case "scored": {
      const map = partialMap(config, progress.evidence, target);
      return { kind: "SCORED", done: progress.done, total: progress.total, map };
    }
  }
}

/** The size of a partial map where no masks of the model's own say which is enough. */
const PARTIAL: Extent = { height: 28, width: 28 };

/** Two samples a patch and axis: these lie between the first and last pixel of their cell, so the masks are not below 0 there. */
function partialMap(config: MethodConfig, evidence: AnyEvidence, target: number): SmallMap {
  const [, h, w] = evidence.masks?.shape ?? [];
  const extent = evidence.masks ? { height: 2 * h, width: 2 * w } : PARTIAL;
  return toSmallMap(showableMap(config, evidence, target, extent));
}

function argmax(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}
