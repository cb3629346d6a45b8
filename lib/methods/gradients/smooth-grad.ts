import { z } from "zod";
import type { Classifier } from "../../classifier/classifier.ts";
import { fillGaussian } from "../../tensor/gaussian-noise.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { differentiateOf } from "../attention/tokens.ts";
import { defineMethod } from "../method.ts";
import { mapEvidence, mapTensors, resizedMap } from "../one-class.ts";
import { seed } from "../../options/seed.ts";
import { acrossColours } from "./colours.ts";

/** SmoothGrad of the gradient's size, as captum has it: the mean of |∂y(x + noise)/∂x|, summed over the colours. */
export const smoothGrad = defineMethod({
  name: "SMOOTH_GRAD",
  title: "SmoothGrad",
  kind: "paper",
  citation: "Smilkov, Thorat, Kim, Viégas, Wattenberg: SmoothGrad: removing noise by adding noise. ICML workshop 2017.",
  description: "The mean size of the gradient over copies of the image with noise.",
  reading: "Bright is where the class changes with the pixel, whatever the noise on the image.",
  activity: "differentiating noisy copies of the image",
  unit: "samples",
  options: z.object({
    samples: z.int().min(1).max(1000).default(50).meta({
      title: "Samples",
      description: "How many copies of the image with added noise the gradients are averaged over.",
    }),
    sd: z.number().min(0).max(4).default(0.25).meta({
      title: "Noise",
      description: "The standard deviation of the noise after the model's normalisation.",
      unit: "standard deviations",
    }),
    seed,
  }),
  needs: "gradients",
  everyClass: false,
  tensors: mapTensors,
  cost: ({ samples }) => ({ variants: samples, passesPerVariant: 3, rows: 0 }),

  async *explain({ classifier, image, options, targetOf }) {
    const { probabilities } = await classifier.classify(image);
    yield { stage: "classified", probabilities };
    const noise = new Float32Array(image.data.length);
    const noiseOf = (sample: number) => {
      fillGaussian(noise, options.seed, sample, options.sd);
      return noise;
    };
    const run = { classifier, image, target: targetOf(probabilities), samples: options.samples, noiseOf };
    for await (const { done, map } of meanGradients(run)) {
      const evidence = mapEvidence(classifier, probabilities, map);
      if (done === options.samples) return evidence;
      yield { stage: "scored", done, total: options.samples, evidence };
    }
    throw new Error("SmoothGrad has no samples");
  },

  saliencyOf: resizedMap,
});

/** (1/n) Σ |∂y(x + noise_i)/∂x|, batch by batch: the mean over the samples so far, [H, W]. */
export async function* meanGradients({
  classifier,
  image,
  target,
  samples,
  noiseOf,
}: {
  readonly classifier: Classifier;
  readonly image: Tensor;
  readonly target: number;
  readonly samples: number;
  /** The noise of a sample, of the image's shape; the array may be used again. */
  readonly noiseOf: (sample: number) => ArrayLike<number>;
}): AsyncGenerator<{ done: number; map: Tensor }> {
  const differentiate = differentiateOf(classifier);
  const size = image.data.length;
  const sum = new Float64Array(size);
  for (let first = 0; first < samples; first += classifier.batchSize) {
    const count = Math.min(classifier.batchSize, samples - first);
    const images = new Float32Array(count * size);
    for (let i = 0; i < count; i++) {
      const noise = noiseOf(first + i);
      for (let j = 0; j < size; j++) images[i * size + j] = image.data[j]! + noise[j]!;
    }
    const found = await differentiate({ shape: [count, ...image.shape], data: images }, target, ["image-gradient"]);
    found["image-gradient"].data.forEach((value, i) => (sum[i % size]! += Math.abs(value)));
    const done = first + count;
    yield { done, map: acrossColours(sum, image.shape, (r, g, b) => (r + g + b) / done) };
  }
}
