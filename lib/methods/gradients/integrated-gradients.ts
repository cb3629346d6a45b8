import { z } from "zod";
import { differentiateOf } from "../attention/tokens.ts";
import { defineMethod } from "../method.ts";
import { mapEvidence, mapTensors, resizedMap } from "../one-class.ts";
import { acrossColours } from "./colours.ts";
import { gaussLegendre, type QuadraturePoint, trapezoid } from "./quadrature.ts";

/** Integrated Gradients of the class's logit, equation (1): (x − x′) ∫₀¹ ∂y(x′ + α(x − x′))/∂x dα, summed over the colours. */
export const integratedGradients = defineMethod({
  name: "INTEGRATED_GRADIENTS",
  title: "Integrated Gradients",
  kind: "paper",
  citation: "Sundararajan, Taly, Yan: Axiomatic Attribution for Deep Networks. ICML 2017.",
  description: "The gradient of the class integrated from a baseline image to the image, times their difference.",
  reading:
    "How much each pixel adds to the class on the way from the baseline image. With the sign: red pixels add to it, blue ones take from it.",
  activity: "integrating the gradient from the baseline",
  unit: "steps",
  options: z.object({
    steps: z.int().min(1).max(500).default(50).meta({
      title: "Steps",
      description: "At how many points of the way the gradient is taken.",
    }),
    baseline: z.number().min(-4).max(4).default(0).meta({
      title: "Baseline",
      description:
        "The baseline image: every pixel and colour has this value after the model's normalisation. 0 is the mean colour.",
      unit: "standard deviations",
    }),
    quadrature: z
      .enum(["gauss-legendre", "trapezoid"])
      .default("gauss-legendre")
      .meta({
        title: "Quadrature",
        description: "How the integral is approximated.",
        valueDescriptions: {
          "gauss-legendre": "Points and weights of Gauss and Legendre; the more exact for as many steps.",
          trapezoid: "Evenly spaced points, both ends included.",
        },
      }),
    signed: z.boolean().default(true).meta({
      title: "With sign",
      description: "Whether pixels that speak against the class are below 0; else the map has the size alone.",
    }),
  }),
  needs: "gradients",
  everyClass: false,
  tensors: mapTensors,
  cost: ({ steps }) => ({ variants: steps, passesPerVariant: 3, rows: 0 }),

  async *explain({ classifier, image, options, targetOf }) {
    const { probabilities } = await classifier.classify(image);
    yield { stage: "classified", probabilities };
    const differentiate = differentiateOf(classifier);
    const target = targetOf(probabilities);
    const points = QUADRATURES[options.quadrature](options.steps);
    const size = image.data.length;
    const integral = new Float64Array(size);
    const evidence = () => {
      const attribution = integral.map((value, i) => value * (image.data[i]! - options.baseline));
      const map = acrossColours(attribution, image.shape, (r, g, b) => r + g + b);
      return mapEvidence(classifier, probabilities, options.signed ? map : { ...map, data: map.data.map(Math.abs) });
    };
    for (let first = 0; first < points.length; first += classifier.batchSize) {
      const batch = points.slice(first, first + classifier.batchSize);
      const images = new Float32Array(batch.length * size);
      batch.forEach(({ at }, i) => {
        for (let j = 0; j < size; j++) images[i * size + j] = options.baseline + at * (image.data[j]! - options.baseline);
      });
      const found = await differentiate({ shape: [batch.length, ...image.shape], data: images }, target, ["image-gradient"]);
      const gradients = found["image-gradient"].data;
      batch.forEach(({ weight }, i) => {
        for (let j = 0; j < size; j++) integral[j]! += weight * gradients[i * size + j]!;
      });
      yield { stage: "scored", done: first + batch.length, total: points.length, evidence: evidence() };
    }
    return evidence();
  },
  isSigned: ({ signed }) => signed,

  saliencyOf: resizedMap,
});

const QUADRATURES: Readonly<Record<"gauss-legendre" | "trapezoid", (steps: number) => QuadraturePoint[]>> = {
  "gauss-legendre": gaussLegendre,
  trapezoid,
};
