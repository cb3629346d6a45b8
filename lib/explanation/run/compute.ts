import type { Classifier } from "../../classifier/classifier.ts";
import { preprocess } from "../../image/preprocess.ts";
import { bindMethod, isSigned, methodOf } from "../../methods/bind.ts";
import type { Evidence, MethodDescriptor, Progress } from "../../methods/method.ts";
import type { MethodConfig } from "../../methods/registry.ts";
import { normaliseMap } from "../../saliency-map/normalise.ts";
import { mapSteps, type Steps } from "../../steps/steps.ts";
import type { Extent } from "../../tensor/tensor.ts";
import type { Manifest } from "../../vit/catalog/manifest.ts";
import { isMultiLabel } from "../../vit/catalog/output-kind.ts";
import type { EventPayload, Prediction, SmallMap } from "../log/events.ts";
import type { RequestBase } from "../request/request.ts";
import { evidenceFiles, type ResultFile } from "../results/evidence-files.ts";
import { drawMapFiles, shownAs } from "../results/map-files.ts";
import { toSmallMap } from "../results/small-map.ts";
import type { Mapped } from "./measure.ts";
import { SILENCE_MS } from "./timer.ts";

/** What the computing of a map needs. */
export interface ComputeTask {
  readonly classifier: Classifier;
  readonly manifest: Manifest;
  /** The image file's bytes. */
  readonly picture: Uint8Array;
  readonly request: Pick<RequestBase, "image" | "target"> & MethodConfig;
}

export interface Computed {
  readonly evidence: Evidence;
  readonly mapped: Mapped;
  /** Everything but explanation.json and metrics.json. */
  readonly files: readonly ResultFile[];
}

/** How many of the most probable classes an explanation keeps. */
const PREDICTIONS = 100;

/** How far apart two reports of scores are where the method does not say. */
const REPORT_EVERY = { ms: 200, share: 0.01 };

/**
 * Explains an image, from the bytes of its file to the files of the result. Yields events for the log, and null where a batch is not
 * worth reporting; a caller that stops iterating stops the work.
 */
export async function* compute(task: ComputeTask): Steps<EventPayload | null, Computed> {
  const { classifier, manifest, picture, request } = task;
  const image = await preprocess(picture, manifest.input);
  const method = bindMethod(request);
  let target = request.target;
  const targetOf = (probabilities: Float32Array) => (target ??= argmax(probabilities));
  const isDue = reporter(methodOf(request.method));
  const steps = method.explain(classifier, image, targetOf);
  const evidence = yield* mapSteps(steps, (progress) => {
    if (progress.stage === "classified") targetOf(progress.probabilities);
    return progress.stage !== "scoring" && isDue(progress) ? payloadOf(progress, request, target!, manifest) : null;
  });
  const saliency = method.saliencyOf(method.evidenceOf(evidence, target!), classifier);
  const over = { picture, image: request.image, input: manifest.input };
  const drawn = await drawMapFiles(request, shownAs(request, saliency), over);
  const made = { classifier, input: image, saliency, target: target!, config: request };
  const mapped = { ...made, image: request.image, preprocessing: manifest.input };
  return { evidence, mapped, files: [...drawn, ...evidenceFiles(request.method, evidence)] };
}

type Reportable = Exclude<Progress, { stage: "scoring" }>;

/** Whether to report: of the scores the first, the last, and few between; of the rest everything. */
function reporter({ reportEvery: { ms, share } = REPORT_EVERY }: MethodDescriptor): (progress: Reportable) => boolean {
  let reported = { done: -Infinity, at: -Infinity };
  return (progress) => {
    if (progress.stage !== "scored" || progress.done === progress.total) return true;
    const at = performance.now();
    const isMuch = progress.done >= reported.done + share * progress.total;
    if (at - reported.at < (isMuch ? ms : SILENCE_MS)) return false;
    reported = { done: progress.done, at };
    return true;
  };
}

function payloadOf(progress: Reportable, config: MethodConfig, target: number, { labels, output }: Manifest): EventPayload {
  switch (progress.stage) {
    case "classified": {
      const all = Array.from(progress.probabilities, (probability, index): Prediction => ({
        index,
        label: labels[index]!,
        probability,
      }));
      const predictions = all.toSorted((a, b) => b.probability - a.probability).slice(0, PREDICTIONS);
      return { kind: "CLASSIFIED", predictions, target: all[target]!, ...(isMultiLabel(output) && { isMultiLabel: true }) };
    }
    case "clustered": {
      const { maps, clusterSizes, meanSimilarity } = progress;
      return { kind: "CLUSTERED", maps, clusterSizes, meanSimilarity };
    }
    case "scored": {
      const map = partialMap(config, progress.evidence, target);
      return { kind: "SCORED", done: progress.done, total: progress.total, map };
    }
  }
}

/** The size of a partial map where no masks of the model's own say which is enough. */
const PARTIAL: Extent = { height: 28, width: 28 };

/** Two samples a patch and axis: these lie between the first and last pixel of their cell, so the masks are not below 0 there. */
function partialMap(config: MethodConfig, evidence: Evidence, target: number): SmallMap {
  const method = bindMethod(config);
  const { masks } = evidence.tensors;
  const [, h, w] = masks?.shape ?? [];
  const extent = h && w ? { height: 2 * h, width: 2 * w } : PARTIAL;
  const { shape, data } = method.saliencyOf(method.evidenceOf(evidence, target), extent);
  // While it runs, of a map with a sign the size alone.
  return toSmallMap(normaliseMap(isSigned(config) ? { shape, data: data.map(Math.abs) } : { shape, data }));
}

function argmax(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}
