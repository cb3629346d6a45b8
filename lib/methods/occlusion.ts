import { z } from "zod";
import { resizeBilinear } from "../tensor/bilinear.ts";
import type { Extent, Tensor } from "../tensor/tensor.ts";
import { defineMethod } from "./method.ts";
import { scoreKept } from "./score-kept.ts";

/**
 * Occlusion with the windows of captum: each hides a square, and a pixel's saliency is the mean drop f(y|X) − f(y|X hidden) over the
 * windows that cover it, 0 where none does.
 */
export const occlusion = defineMethod({
  name: "OCCLUSION",
  title: "Occlusion",
  kind: "paper",
  citation: "Zeiler, Fergus: Visualizing and Understanding Convolutional Networks. ECCV 2014 (section 4.2).",
  description: "How much the probability drops where a window is hidden.",
  reading: "One square after another was hidden: bright is what the class suffers without.",
  activity: "hiding one square after another",
  unit: "squares",
  options: z.object({
    window: z.int().min(4).max(512).default(32).meta({
      title: "Window",
      description: "The side of the square that is hidden.",
      unit: "pixels of the model's input",
    }),
    stride: z.int().min(4).max(512).default(16).meta({
      title: "Stride",
      description: "From one square to the next. A smaller stride takes longer.",
      unit: "pixels of the model's input",
    }),
  }),
  needs: "probabilities",
  everyClass: true,
  tensors: { scores: "per-class" },
  cost(options, { input }) {
    const variants = windowsAlong(options, input.height) * windowsAlong(options, input.width);
    return { variants, passesPerVariant: 1, rows: variants };
  },

  async *explain({ classifier, image, options }) {
    const { height, width } = classifier;
    const { probabilities } = await classifier.classify(image);
    yield { stage: "classified", probabilities };
    const windows = windowsOf(options, classifier);
    const write = (k: number, into: Float32Array) => {
      into.fill(1);
      const { top, bottom, left, right } = windows[k]!;
      for (let y = top; y < bottom; y++) into.fill(0, y * width + left, y * width + right);
    };
    return yield* scoreKept(classifier, image, { count: windows.length, height, width, write }, { probabilities, tensors: {} });
  },

  saliencyOf({ extent: full, probability, tensors: { scores } }, extent, options) {
    const windows = windowsOf(options, full).slice(0, scores.data.length);
    const drops = windows.map((_, k) => probability - scores.data[k]!);
    const map = meanOver(windows, drops, full);
    return extent.height === full.height && extent.width === full.width ? map : resizeBilinear(map, extent.height, extent.width);
  },
});

export interface OcclusionOptions {
  /** The side of the window, in pixels, at least 1. */
  readonly window: number;
  /** From one window to the next, in pixels, at least 1. */
  readonly stride: number;
}

/** Half open, in pixels. */
interface Window {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Row by row; the last ones are cut at the image's border, so that every pixel that a stride can reach is hidden once. */
function windowsOf(options: OcclusionOptions, { height, width }: Extent): Window[] {
  const { window, stride } = options;
  const spans = (length: number) =>
    Array.from({ length: windowsAlong(options, length) }, (_, i) => {
      return [i * stride, Math.min(i * stride + window, length)] as const;
    });
  return spans(height).flatMap(([top, bottom]) => spans(width).map(([left, right]) => ({ top, bottom, left, right })));
}

/** For each pixel the mean value of the windows that cover it, 0 where none does. */
function meanOver(windows: readonly Window[], values: readonly number[], { height, width }: Extent): Tensor<Float64Array> {
  const sum = new Float64Array(height * width);
  const count = new Uint32Array(height * width);
  windows.forEach(({ top, bottom, left, right }, k) => {
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        sum[y * width + x]! += values[k]!;
        count[y * width + x]!++;
      }
    }
  });
  return { shape: [height, width], data: sum.map((total, i) => (count[i] === 0 ? 0 : total / count[i]!)) };
}

function windowsAlong({ window, stride }: OcclusionOptions, length: number): number {
  return Math.ceil(Math.max(0, length - window) / stride) + 1;
}
