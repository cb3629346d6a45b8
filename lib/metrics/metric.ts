import type { z } from "zod";
import type { Classifier } from "../classifier/classifier.ts";
import type { OptionsSchema } from "../options/describe.ts";
import type { Extent, Tensor } from "../tensor/tensor.ts";
import type { Box, PixelSize } from "./box.ts";
import type { CanvasKind } from "./canvas.ts";
import type { Saliency } from "./saliency.ts";
import type { MetricProgress } from "./score-pixel-masks.ts";

/** What a metric needs beside the map: the object's boxes, or a method whose map depends on a seed. */
export type MetricNeed = "boxes" | "seed";

/** What a metric is computed of. */
export interface MetricTask<Options> {
  readonly classifier: Classifier;
  /** X, preprocessed, [3, H, W]. */
  readonly image: Tensor;
  /** S(x) as it was computed, [H, W]. */
  readonly saliency: Saliency;
  /** The index of the explained class y. */
  readonly target: number;
  /** The object's boxes in pixels of the map; none where the metric does not need them. */
  readonly boxes: readonly Box[];
  /** The size of a pixel of the map in pixels of the image as it was sent. */
  readonly pixel: PixelSize;
  readonly options: Options;
  /** What takes the place of pixels that are removed, [1, 3, H, W]. */
  canvasOf(kind: CanvasKind): Tensor;
  /** The map of the same class by the same method again: of another image [3, H, W], or with the n-th seed after its own. */
  explainAgain(change: { readonly image: Tensor } | { readonly nextSeed: number }): AsyncGenerator<unknown, Saliency>;
}

/** How the probability of the class changes while pixels are changed in the order of their saliency. */
export interface CurvePoints {
  /** The share of the pixels that are changed, from 0 to 1. */
  readonly shares: readonly number[];
  /** f(y|·) there, as many. */
  readonly probabilities: readonly number[];
}

/** What a metric found. */
export interface MetricResult {
  readonly value: number;
  /** Where the value is the area under a curve. */
  readonly curve?: CurvePoints;
  /** Where the map says that the object is, in pixels of the map; null where it does not say. */
  readonly box?: Box | null;
}

/**
 * A metric of saliency maps: all that the service knows of it. GraphQL's inputs and enum, the command line's help, the page's form,
 * the cost bound, the report's titles and docs/metrics.md are derived from this, so a metric is one such descriptor and its line in
 * registry.ts.
 */
export interface MetricDescriptor<Name extends string = string, Schema extends OptionsSchema = OptionsSchema> {
  /** In answers and logs: FAITHFULNESS_CORRELATION. Requests have it as faithfulnessCorrelation, commands as faithfulness-correlation. */
  readonly name: Name;
  /** For people: Faithfulness correlation. */
  readonly title: string;
  /** What its value says, and the value's range. */
  readonly description: string;
  /** Authors, title, place, year and section; empty for a metric of our own. */
  readonly citation: string;
  readonly higherIsBetter: boolean;
  readonly options: Schema;
  readonly needs: MetricNeed | null;
  /** Whether an evaluation measures it where no metrics are named; one that needs boxes, where the data set has boxes. */
  readonly byDefault: boolean;
  /** Of one whose value is the area under a curve: what happens to the pixels along it, "taken away". */
  readonly curve?: string;
  /** Of one that finds a box in the map. */
  readonly findsBox?: true;
  /** The value as a mean over images counts it; as it is where this is left out. */
  counted?(value: number): number;
  /** Whether its paper takes the mean over the classes of each one's mean. */
  readonly hasClassMean?: true;
  /** The most passes of the model that it takes, where the map took `passesOfAMap`; 0 where it asks the model nothing. */
  passes(options: z.output<Schema>, passesOfAMap: number): number;
  /**
   * What is wrong with the options for a model of this input, after "Expected `metrics.name.": "subsetSize` to be …"; undefined where
   * nothing is.
   */
  check?(options: z.output<Schema>, input: Extent): string | undefined;
  /**
   * Computes it. One that takes no passes returns the result at once. Others yield progress: between two yields lies at most one
   * batch, so a caller that stops iterating stops the work.
   */
  compute(task: MetricTask<z.output<Schema>>): MetricResult | AsyncGenerator<MetricProgress, MetricResult>;
}

/** Infers a descriptor's types, and refuses one that lacks anything. */
export function defineMetric<const Name extends string, Schema extends OptionsSchema>(
  descriptor: MetricDescriptor<Name, Schema>,
): MetricDescriptor<Name, Schema> {
  return descriptor;
}
