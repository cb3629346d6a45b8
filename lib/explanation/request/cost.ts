import { CodedError } from "../../errors.ts";
import type { Manifest } from "../../vit/catalog/manifest.ts";
import { bindMethod } from "../../methods/bind.ts";
import type { ModelSize } from "../../methods/method.ts";
import type { MethodConfig } from "../../methods/registry.ts";
import { type MetricsConfig, requestedMetrics } from "./metrics.ts";

/** What of a model decides the cost. */
type CostModel = Pick<Manifest, "input" | "labels" | "embedding">;

/** D, of a model whose manifest does not say it: as of the largest of the usual ones, ViT-L. */
const USUAL_CHANNELS = 1024;

/**
 * The most passes of the model that a request may take: every method and metric with its defaults together takes 53,000. What takes
 * more is hours of work, even for a small model.
 */
export const MOST_PASSES = 200_000;

/** The most scores [K, C] that an explanation keeps, 100 MB in a file: those of 1024 masks for the 21,841 classes of all ImageNet. */
const MOST_SCORES = 25_000_000;

function sizeOf({ input, embedding }: CostModel): ModelSize {
  return { input, channels: embedding.channels ?? USUAL_CHANNELS };
}

/** Passes of the model that a map and its metrics take at most, each variant of the image being one. */
export function mostPasses(config: MethodConfig, metrics: MetricsConfig | undefined, model: CostModel): number {
  const { variants, passesPerVariant } = bindMethod(config).cost(sizeOf(model));
  const ofMap = 1 + passesPerVariant * variants;
  const measured = requestedMetrics(metrics).map(({ metric, options }) => metric.passes(options, ofMap));
  return measured.reduce((sum, passes) => sum + passes, ofMap);
}

/** Throws BAD_USER_INPUT, with what it would take and what is allowed, for a request that asks for too much. */
export function checkCost(
  config: MethodConfig,
  metrics: MetricsConfig | undefined,
  model: CostModel,
  allowedPasses: number = MOST_PASSES,
): void {
  const number = (value: number) => value.toLocaleString("en");
  const passes = mostPasses(config, metrics, model);
  if (passes > allowedPasses) {
    refuse(
      `This may take ${number(passes)} passes of the model, and at most ${number(allowedPasses)} are allowed: ` +
        "ask for fewer masks, draws, seeds or samples.",
    );
  }
  const classes = model.labels.length;
  const { rows } = bindMethod(config).cost(sizeOf(model));
  if (rows * classes > MOST_SCORES) {
    refuse(
      `This scores ${number(rows)} masks for each of the model's ${number(classes)} classes, and at most ` +
        `${number(MOST_SCORES)} scores are kept: of so many classes, ${number(Math.floor(MOST_SCORES / classes))} masks.`,
    );
  }
}

function refuse(message: string): never {
  throw new CodedError("BAD_USER_INPUT", message);
}
