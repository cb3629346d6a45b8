import { type Preprocessing, visibleRegion } from "../../image/preprocess.ts";
import type { Box } from "../../metrics/box.ts";
import { type CanvasKind, canvasOf } from "../../metrics/canvas.ts";
import { deletion } from "../../metrics/deletion.ts";
import { energyInside } from "../../metrics/energy-inside.ts";
import { faithfulnessCorrelation } from "../../metrics/faithfulness-correlation.ts";
import { insertion } from "../../metrics/insertion.ts";
import { localise } from "../../metrics/localisation.ts";
import { maxSensitivity } from "../../metrics/max-sensitivity.ts";
import { type PixelSize, pointingGame } from "../../metrics/pointing-game.ts";
import { saco } from "../../metrics/saco.ts";
import type { Saliency } from "../../metrics/saliency.ts";
import type { MetricProgress, PerturbationTarget } from "../../metrics/score-pixel-masks.ts";
import { sparseness } from "../../metrics/sparseness.ts";
import { stability } from "../../metrics/stability.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Classifier } from "../../classifier/classifier.ts";
import type { EventPayload } from "../log/events.ts";
import { mapOf } from "./map-of.ts";
import type { Measurement, MetricName } from "../results/measurements.ts";
import type { MetricsConfig } from "../request/metrics.ts";
import { type AnyOptions, type MethodConfig, reseeded } from "../request/options.ts";
import type { ImageFacts } from "../request/request.ts";
import { SILENCE_MS } from "./timer.ts";

/** A map, and what was asked when it was made. */
export interface Mapped {
  readonly classifier: Classifier;
  /** The preprocessed image, [3, H, W]. */
  readonly input: Tensor;
  /** S(x) as it was computed, [H, W]. */
  readonly saliency: Saliency;
  readonly target: number;
  /** The method that made it. */
  readonly config: MethodConfig;
  readonly image: Pick<ImageFacts, "width" | "height">;
  readonly preprocessing: Preprocessing;
}

/**
 * Measures a map by the metrics that are asked for, those that ask the model nothing first. Yields what happens for the log, and
 * null after a batch of requests to the model that is not worth telling of; a caller that stops iterating stops the work.
 */
export async function* measure(mapped: Mapped, asked: MetricsConfig): AsyncGenerator<EventPayload | null, void> {
  const { classifier, saliency } = mapped;
  const boxes = (asked.boxes ?? []).map((box) => toInput(box, mapped));
  const on = (canvas: CanvasKind): PerturbationTarget => subjectOf(mapped, canvas);
  if (asked.sparseness) yield found("SPARSENESS", sparseness(saliency));
  if (asked.pointingGame) {
    const hit = pointingGame(saliency, boxes, asked.pointingGame.tolerance, pixelSize(mapped));
    yield found("POINTING_GAME", Number(hit));
  }
  if (asked.energyInside) yield found("ENERGY_INSIDE", energyInside(saliency, boxes));
  if (asked.localisation) {
    const { overlap, box } = localise(saliency, boxes, asked.localisation.threshold);
    yield found("LOCALISATION", overlap, { box: box && toImage(box, mapped) });
  }
  if (asked.deletion) {
    const { canvas, steps } = asked.deletion;
    const { areaUnderCurve, ...curve } = yield* telling("DELETION", deletion(classifier, saliency, on(canvas), steps));
    yield found("DELETION", areaUnderCurve, { curve });
  }
  if (asked.insertion) {
    const { canvas, steps } = asked.insertion;
    const { areaUnderCurve, ...curve } = yield* telling("INSERTION", insertion(classifier, saliency, on(canvas), steps));
    yield found("INSERTION", areaUnderCurve, { curve });
  }
  if (asked.saco) {
    const { canvas, groups } = asked.saco;
    yield found("SACO", yield* telling("SACO", saco(classifier, saliency, on(canvas), groups)));
  }
  if (asked.faithfulnessCorrelation) {
    const { canvas, ...options } = asked.faithfulnessCorrelation;
    const steps = faithfulnessCorrelation(classifier, saliency, on(canvas), options);
    yield found("FAITHFULNESS_CORRELATION", yield* telling("FAITHFULNESS_CORRELATION", steps));
  }
  if (asked.stability) yield found("STABILITY", yield* telling("STABILITY", stabilityOf(mapped, asked.stability.seeds)));
  if (asked.maxSensitivity) {
    const { input, config, target } = mapped;
    const steps = maxSensitivity(saliency, (image) => mapOf(classifier, image, config, target), input, asked.maxSensitivity);
    yield found("MAX_SENSITIVITY", yield* telling("MAX_SENSITIVITY", steps));
  }
}

/** Of the map, and of those that the seeds after its own make. */
async function* stabilityOf(mapped: Mapped, seeds: number): AsyncGenerator<MetricProgress, number> {
  const { classifier, input, saliency, target, config } = mapped;
  const { seed = 0 }: AnyOptions = config.options;
  const maps = [saliency];
  const total = seeds - 1;
  for (let done = 0; done < total; done++) {
    const steps = mapOf(classifier, input, reseeded(config, seed + done + 1), target);
    let step = await steps.next();
    for (; !step.done; step = await steps.next()) yield { done, total };
    maps.push(step.value);
    yield { done: done + 1, total };
  }
  return stability(maps);
}

function found(metric: MetricName, value: number, more: Pick<Measurement, "curve" | "box"> = {}): EventPayload {
  return { kind: "MEASURED", measurement: { metric, value, ...more } };
}

/** The result of a metric. Tells how far it has come where it takes long. */
async function* telling<Result>(
  metric: MetricName,
  steps: AsyncGenerator<MetricProgress, Result>,
): AsyncGenerator<EventPayload | null, Result> {
  let told = performance.now();
  let step = await steps.next();
  for (; !step.done; step = await steps.next()) {
    const isDue = performance.now() - told >= SILENCE_MS;
    if (isDue) told = performance.now();
    yield isDue ? { kind: "MEASURING", metric, ...step.value } : null;
  }
  return step.value;
}

function subjectOf({ input, target, preprocessing }: Mapped, canvas: CanvasKind): PerturbationTarget {
  return { image: input, canvas: canvasOf(canvas, input, preprocessing), target };
}

/** How large a pixel that the model saw is, in pixels of the image as it was sent. */
function pixelSize({ image, preprocessing }: Mapped): PixelSize {
  const seen = visibleRegion(image.width, image.height, preprocessing);
  return { width: seen.width / preprocessing.width, height: seen.height / preprocessing.height };
}

/** A box in pixels of the image as it was sent, in pixels of the part of it that the model saw. */
function toInput(box: Box, { image, preprocessing }: Mapped): Box {
  const { width, height } = preprocessing;
  const seen = visibleRegion(image.width, image.height, preprocessing);
  const x = (value: number) => Math.min(width, Math.max(0, ((value - seen.left) * width) / seen.width));
  const y = (value: number) => Math.min(height, Math.max(0, ((value - seen.top) * height) / seen.height));
  return { left: x(box.left), top: y(box.top), right: x(box.right), bottom: y(box.bottom) };
}

/** And back. */
function toImage(box: Box, { image, preprocessing }: Mapped): Box {
  const seen = visibleRegion(image.width, image.height, preprocessing);
  const x = (value: number) => seen.left + (value * seen.width) / preprocessing.width;
  const y = (value: number) => seen.top + (value * seen.height) / preprocessing.height;
  return { left: x(box.left), top: y(box.top), right: x(box.right), bottom: y(box.bottom) };
}
