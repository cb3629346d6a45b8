import { z } from "zod";
import { defineMethod } from "../method.ts";
import { mapEvidence, mapTensors, resizedMap } from "../one-class.ts";
import { classRow, derivativesOf, meanOverHeads, patchesOf, rowTimes, type TokenMatrices } from "./tokens.ts";

/**
 * Transition Attention Maps: the class token's row of the last attention, multiplied back through the blocks with their residual
 * connections, times the mean of the last attention's gradient over images from grey to the image as it is, as in the authors' code.
 */
export const tam = defineMethod({
  name: "TAM",
  title: "TAM",
  kind: "paper",
  citation:
    "Yuan, Li, Xiong, Cao, Dou: Explaining Information Flow Inside Vision Transformers Using Markov Chain. NeurIPS workshop XAI4Debugging 2021.",
  description:
    "The class token's attention followed back through the blocks, weighted by the integrated gradient of the last attention.",
  reading: "Bright is what the class token attends to where the class gains by it on the way from a grey image.",
  activity: "integrating the gradient of the last attention",
  unit: "steps",
  options: z.object({
    steps: z.int().min(2).max(200).default(20).meta({
      title: "Steps",
      description: "At how many brightnesses of the image the gradient is taken; the authors' code has 20.",
    }),
    firstBlock: z.int().min(1).max(64).default(1).meta({
      title: "First block",
      description: "The first block that is taken into account, counted from 1, the block next to the image.",
    }),
  }),
  needs: "class-token",
  everyClass: false,
  tensors: mapTensors,
  cost: ({ steps }) => ({ variants: steps, passesPerVariant: 2, rows: 0 }),

  async *explain({ classifier, image, options, targetOf }) {
    const { probabilities, embeddings } = await classifier.classify(image);
    yield { stage: "classified", probabilities };
    const target = targetOf(probabilities);
    const { attention } = await derivativesOf(classifier, { image, target }, ["attention"]);
    const states = chainRow(meanOverHeads(attention), options.firstBlock - 1);
    patchesOf(states, embeddings);
    let sum: Float64Array | undefined;
    for (let step = 0; step < options.steps; step++) {
      const scaled = { shape: image.shape, data: image.data.map((value) => (value * step) / (options.steps - 1)) };
      const found = await derivativesOf(classifier, { image: scaled, target }, ["last-attention-gradient"]);
      const gradient = found["last-attention-gradient"];
      sum = sum ? sum.map((value, i) => value + gradient.data[i]!) : Float64Array.from(gradient.data);
      const mean = { shape: gradient.shape, data: Float32Array.from(sum, (value) => value / (step + 1)) };
      const { tokens, blocks } = meanOverHeads(mean, (value) => Math.max(0, value));
      const weights = classRow(blocks[0]!, tokens);
      const map = patchesOf(
        states.map((value, i) => value * weights[i]!),
        embeddings,
      );
      const evidence = mapEvidence(classifier, probabilities, map);
      if (step + 1 === options.steps) return evidence;
      yield { stage: "scored", done: step + 1, total: options.steps, evidence };
    }
    throw new Error("TAM has no steps");
  },

  saliencyOf: resizedMap,
});

/** s ← s A_l + s from the last block but one back to the first that is taken; s begins as the last attention's row of the class token. */
export function chainRow({ tokens, blocks }: TokenMatrices, first = 0): Float64Array {
  let row = classRow(blocks.at(-1)!, tokens);
  for (const block of blocks.slice(first, -1).toReversed()) {
    const moved = rowTimes(row, block);
    row = row.map((value, i) => value + moved[i]!);
  }
  return row;
}
