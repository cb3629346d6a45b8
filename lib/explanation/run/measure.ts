import { type Preprocessing, visibleRegion } from "../../image/preprocess.ts";
import type { Box, PixelSize } from "../../metrics/box.ts";
import { canvasOf } from "../../metrics/canvas.ts";
import type { MetricTask } from "../../metrics/metric.ts";
import type { MetricName } from "../../metrics/registry.ts";
import type { Saliency } from "../../metrics/saliency.ts";
import type { MetricProgress } from "../../metrics/score-pixel-masks.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Classifier } from "../../classifier/classifier.ts";
import type { EventPayload } from "../log/events.ts";
import { mapOf } from "./map-of.ts";
import type { MethodConfig } from "../../methods/registry.ts";
import { mapSteps } from "../../steps/steps.ts";
import { reseeded } from "../request/method-config.ts";
import { type MetricsConfig, type RequestedMetric, requestedMetrics } from "../request/metrics.ts";
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
 * Measures a map by the metrics of a request: first those that ask the model nothing, then the others, both in the order of the
 * registry. Yields what happens for the log, and null after a batch that is not worth an event; a caller that stops iterating stops
 * the work.
 */
export async function* measure(mapped: Mapped, config: MetricsConfig): AsyncGenerator<EventPayload | null, void> {
  const boxes = (config.boxes ?? []).map((box) => toInput(box, mapped));
  const task = taskOf(mapped);
  const requested = requestedMetrics(config);
  const asksTheModel = ({ metric, options }: RequestedMetric) => metric.passes(options, 1) > 0;
  for (const { metric, options } of [...requested.filter((each) => !asksTheModel(each)), ...requested.filter(asksTheModel)]) {
    const steps = metric.compute({ ...task, boxes: metric.needs === "boxes" ? boxes : [], options });
    const { value, curve, box } = "next" in steps ? yield* reported(metric.name, steps) : steps;
    const found = { ...(curve && { curve }), ...(box !== undefined && { box: box && toImage(box, mapped) }) };
    yield { kind: "MEASURED", measurement: { metric: metric.name, value, ...found } };
  }
}

/** What all metrics are computed of. */
function taskOf(mapped: Mapped): Omit<MetricTask<unknown>, "boxes" | "options"> {
  const { classifier, input, saliency, target, config, preprocessing } = mapped;
  const { seed = 0 } = config.options as { readonly seed?: number };
  return {
    classifier,
    image: input,
    saliency,
    target,
    pixel: pixelSize(mapped),
    canvasOf: (kind) => canvasOf(kind, input, preprocessing),
    explainAgain: (change) =>
      "image" in change
        ? mapOf(classifier, change.image, config, target)
        : mapOf(classifier, input, reseeded(config, seed + change.nextSeed), target),
  };
}

/** The result of a metric. Reports its progress where it takes long. */
async function* reported<Result>(
  metric: MetricName,
  steps: AsyncGenerator<MetricProgress, Result>,
): AsyncGenerator<EventPayload | null, Result> {
  let last = performance.now();
  return yield* mapSteps(steps, (progress): EventPayload | null => {
    const isDue = performance.now() - last >= SILENCE_MS;
    if (isDue) last = performance.now();
    return isDue ? { kind: "MEASURING", metric, ...progress } : null;
  });
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
