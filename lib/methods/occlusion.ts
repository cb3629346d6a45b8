import { resizeBilinear } from "../tensor/bilinear.ts";
import type { Extent, Tensor } from "../tensor/tensor.ts";
import type { Method } from "./method.ts";
import { scoreKept } from "./score-kept.ts";

export interface OcclusionOptions {
  /** The side of the window, in pixels, at least 1. */
  readonly window: number;
  /** From one window to the next, in pixels, at least 1. */
  readonly stride: number;
}

/**
 * Occlusion (Zeiler and Fergus, ECCV 2014, section 4.2), with the windows of captum: each hides a square, and a pixel's saliency is
 * the mean drop f(y|X) − f(y|X hidden) over the windows that cover it, 0 where none does.
 */
export function occlusion(options: OcclusionOptions): Method {
  return {
    async *explain(classifier, image) {
      const { height, width } = classifier;
      const { probabilities } = await classifier.classify(image);
      yield { stage: "classified", probabilities };
      const windows = windowsOf(options, classifier);
      const write = (k: number, into: Float32Array) => {
        into.fill(1);
        const { top, bottom, left, right } = windows[k];
        for (let y = top; y < bottom; y++) into.fill(0, y * width + left, y * width + right);
      };
      const known = { extent: { height, width }, probabilities, masks: null };
      return yield* scoreKept(classifier, image, { count: windows.length, height, width, write }, known);
    },

    saliencyOf({ extent: full, probabilities, scores }, target, extent) {
      const [rows, classes] = scores.shape;
      const windows = windowsOf(options, full).slice(0, rows);
      const drops = windows.map((_, k) => probabilities[target] - scores.data[k * classes + target]);
      const map = meanOver(windows, drops, full);
      return extent.height === full.height && extent.width === full.width
        ? map
        : resizeBilinear(map, extent.height, extent.width);
    },
  };
}

/** Half open, in pixels. */
interface Window {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Row by row; the last ones are cut at the image's border, so that every pixel that a stride can reach is hidden once. */
function windowsOf({ window, stride }: OcclusionOptions, { height, width }: Extent): Window[] {
  const spans = (length: number) =>
    Array.from({ length: Math.ceil(Math.max(0, length - window) / stride) + 1 }, (_, i) => {
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
        sum[y * width + x] += values[k];
        count[y * width + x]++;
      }
    }
  });
  return { shape: [height, width], data: sum.map((total, i) => (count[i] === 0 ? 0 : total / count[i])) };
}
