import { CodedError } from "../../errors.ts";
import type { Manifest } from "../../vit/catalog/manifest.ts";
import { type MetricsConfig, requestedMetrics } from "./metrics.ts";
import type { AnyOptions, MethodConfig } from "./options.ts";

/** What of a model says how long it is asked. */
export type ModelSize = Pick<Manifest, "input" | "labels" | "embedding">;

/** D, of a model whose manifest does not say it: as of the largest of the usual ones, ViT-L. */
const USUAL_CHANNELS = 1024;

/**
 * The most passes of the model that a request may take: every method and metric with its defaults together takes 53,000. What takes
 * more is hours of work, even for a small model.
 */
const MOST_PASSES = 200_000;

/** The most scores [K, C] that an explanation keeps, 100 MB in a file: those of 1024 masks for the 21,841 classes of all ImageNet. */
const MOST_SCORES = 25_000_000;

/** K, how many masks or windows a method asks about: the most that there can be, for clusters are known after clustering alone. */
export function mostMasks(config: MethodConfig, { input, embedding }: ModelSize): number {
  switch (config.method) {
    case "VIT_CX":
    case "SCORE_CAM":
      return embedding.channels ?? USUAL_CHANNELS;
    case "OCCLUSION": {
      const { window, stride } = config.options;
      const along = (length: number) => Math.ceil(Math.max(0, length - window) / stride) + 1;
      return along(input.height) * along(input.width);
    }
    case "RISE":
      return config.options.count;
    default:
      return 0;
  }
}

/** Passes of the model that a map and its metrics take at most, each variant of the image being one. */
export function mostPasses(config: MethodConfig, metrics: MetricsConfig | undefined, model: ModelSize): number {
  const { noiseDraws = 1 }: AnyOptions = config.options;
  const perMask = config.method === "VIT_CX" ? 2 * noiseDraws : 1;
  const ofMap = 1 + perMask * mostMasks(config, model);
  const measured = requestedMetrics(metrics).map(({ metric, options }) => metric.passes(options, ofMap));
  return measured.reduce((sum, passes) => sum + passes, ofMap);
}

/** Throws BAD_USER_INPUT, with what it would take and what is allowed, for a request that asks for too much. */
export function checkCost(
  config: MethodConfig,
  metrics: MetricsConfig | undefined,
  model: ModelSize,
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
  // Clusters are few, though nobody knows how few.
  if (config.method === "VIT_CX" && config.options.masks !== "all") return;
  const [masks, classes] = [mostMasks(config, model), model.labels.length];
  if (masks * classes > MOST_SCORES) {
    refuse(
      `This scores ${number(masks)} masks for each of the model's ${number(classes)} classes, and at most ` +
        `${number(MOST_SCORES)} scores are kept: of so many classes, ${number(Math.floor(MOST_SCORES / classes))} masks.`,
    );
  }
}

function refuse(message: string): never {
  throw new CodedError("BAD_USER_INPUT", message);
}
