import { CodedError } from "../../errors.ts";
import type { Classifier, Derivative, Differentiate } from "../../classifier/classifier.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Evidence, MethodTask, Progress } from "../method.ts";
import { mapEvidence } from "../one-class.ts";

/** The first token stands for the class; what it attends to is what these methods show. */
const CLASS_TOKEN = 0;

/** Matrices over T tokens, a block each, row by row in float64. */
export interface TokenMatrices {
  readonly tokens: number;
  readonly blocks: readonly Float64Array[];
}

/** Σ_heads f(a, b) / H for each block, of two tensors [L, H, T, T] or of one. */
export function meanOverHeads(a: Tensor, f: (a: number, b: number) => number = (value) => value, b: Tensor = a): TokenMatrices {
  const [blocks, heads, tokens] = a.shape as [number, number, number];
  const size = tokens * tokens;
  const means = Array.from({ length: blocks }, (_, block) => {
    const mean = new Float64Array(size);
    for (let head = 0; head < heads; head++) {
      const from = (block * heads + head) * size;
      for (let i = 0; i < size; i++) mean[i]! += f(a.data[from + i]!, b.data[from + i]!) / heads;
    }
    return mean;
  });
  return { tokens, blocks: means };
}

/** The class token's row of a matrix [T, T]. */
export function classRow(matrix: Float64Array, tokens: number): Float64Array {
  return matrix.slice(CLASS_TOKEN * tokens, (CLASS_TOKEN + 1) * tokens);
}

/** r M of a row [T] and a matrix [T, T]. */
export function rowTimes(row: Float64Array, matrix: Float64Array): Float64Array {
  const tokens = row.length;
  const product = new Float64Array(tokens);
  for (let i = 0; i < tokens; i++) {
    for (let j = 0; j < tokens; j++) product[j]! += row[i]! * matrix[i * tokens + j]!;
  }
  return product;
}

/**
 * The class token's row of Ā_L ⋯ Ā_s, the rollout of Abnar and Zuidema (ACL 2020): Ā_l = (A_l + I) with rows divided by their sums.
 *
 * @param first s, the first block that is taken, from 0
 */
export function rollout({ tokens, blocks }: TokenMatrices, first = 0): Float64Array {
  let row = Float64Array.from({ length: tokens }, (_, i) => (i === CLASS_TOKEN ? 1 : 0));
  for (const block of blocks.slice(first).toReversed()) {
    const share = row.map((value, i) => {
      const sum = block.subarray(i * tokens, (i + 1) * tokens).reduce((total, each) => total + each, 1);
      return value / sum;
    });
    const mixed = rowTimes(share, block);
    row = share.map((value, i) => value + mixed[i]!);
  }
  return row;
}

/** The class token's row of (I + A_L) ⋯ (I + A_s): relevance added up through the blocks, R ← R + A_l R from R = I. */
export function residualProduct({ tokens, blocks }: TokenMatrices, first = 0): Float64Array {
  let row = Float64Array.from({ length: tokens }, (_, i) => (i === CLASS_TOKEN ? 1 : 0));
  for (const block of blocks.slice(first).toReversed()) {
    const mixed = rowTimes(row, block);
    row = row.map((value, i) => value + mixed[i]!);
  }
  return row;
}

/** A row over the tokens as a map over the patches, [h, w], without the tokens before them. */
export function patchesOf(row: Float64Array, embeddings: Tensor): Tensor {
  const [, rows, columns] = embeddings.shape as [number, number, number];
  const prefix = row.length - rows * columns;
  if (prefix < 1) {
    throw new CodedError(
      "MODEL_UNUSABLE",
      `This method shows what the class token attends to, and the model has none: ${row.length} tokens for ${rows} x ${columns} patches. ` +
        "Explain with ViT-CX, Grad-CAM or Integrated Gradients instead.",
    );
  }
  return { shape: [rows, columns], data: Float32Array.from(row.subarray(prefix)) };
}

/** What a run of a method that shows what the class token attends to has in common. */
export async function* explainTokens<Wanted extends Derivative>(
  { classifier, image, targetOf }: MethodTask<unknown>,
  wanted: readonly Wanted[],
  rowOf: (derivatives: Record<Wanted, Tensor>) => Float64Array,
): AsyncGenerator<Progress<"map">, Evidence<"map">> {
  const { probabilities, embeddings } = await classifier.classify(image);
  yield { stage: "classified", probabilities };
  const derivatives = await derivativesOf(classifier, { image, target: targetOf(probabilities) }, wanted);
  return mapEvidence(classifier, probabilities, patchesOf(rowOf(derivatives), embeddings));
}

/** A classifier's derivatives for one image and class. */
export async function derivativesOf<Wanted extends Derivative>(
  classifier: Classifier,
  { image, target }: { image: Tensor; target: number },
  wanted: readonly Wanted[],
): Promise<Record<Wanted, Tensor>> {
  return differentiateOf(classifier)({ shape: [1, ...image.shape], data: image.data }, target, wanted);
}

/** @throws CodedError MODEL_UNUSABLE where the classifier gives answers alone */
export function differentiateOf(classifier: Classifier): Differentiate {
  const { differentiate } = classifier;
  if (!differentiate)
    throw new CodedError("MODEL_UNUSABLE", "This method needs the model's gradients, which cannot be had here.");
  return differentiate.bind(classifier);
}
