import type { z } from "zod";
import type { Classifier } from "../classifier/classifier.ts";
import type { OptionsSchema } from "../options/describe.ts";
import type { Extent, Tensor } from "../tensor/tensor.ts";

/**
 * What a model must have for a method: nothing but probabilities, patch embeddings found in its graph, a graph that can be
 * differentiated, or beside that a class token, whose attention is shown.
 */
export type Need = "probabilities" | "patch-embeddings" | "gradients" | "class-token";

/** `shared`: the same for every class, of any shape. `per-class`: [K, C], a column a class. */
export type TensorScope = "shared" | "per-class";

/**
 * What a run of a method learned of an image: enough, with the method's options, for the map of any class that it explains, without
 * the model. The tensors are kept as files, <name>.npy, beside probabilities.npy.
 */
export interface Evidence<Name extends string = string> {
  /** H and W of the preprocessed image. */
  readonly extent: Extent;
  /** f(·|X), [C]. */
  readonly probabilities: Float32Array;
  /** In a partial result a per-class tensor has its first rows only. */
  readonly tensors: Readonly<Record<Name, Tensor>>;
}

/** The evidence about one class alone: `per-class` tensors are its column, [K]. It knows no other class, so none can be mistaken. */
export interface ClassEvidence<Name extends string = string> {
  readonly extent: Extent;
  /** f(y|X). */
  readonly probability: number;
  readonly tensors: Readonly<Record<Name, Tensor>>;
}

/** How far the work of a method has come. */
export type Progress<Name extends string = string> =
  /** f(·|X) is known, [C]. */
  | { readonly stage: "classified"; readonly probabilities: Float32Array }
  /**
   * Of a method that clusters: D embedding maps became K masks, one a cluster, the largest cluster first. `meanSimilarity` is the
   * mean pairwise cosine similarity before clustering.
   */
  | {
      readonly stage: "clustered";
      readonly maps: number;
      readonly clusterSizes: readonly number[];
      readonly meanSimilarity: number;
    }
  /** A batch is done, and there is nothing new to report. */
  | { readonly stage: "scoring" }
  /** `done` of `total` variants are scored; the evidence holds just these. */
  | { readonly stage: "scored"; readonly done: number; readonly total: number; readonly evidence: Evidence<Name> };

/** What a method is run on. */
export interface MethodTask<Options> {
  readonly classifier: Classifier;
  /** X, preprocessed, [3, H, W]. */
  readonly image: Tensor;
  readonly options: Options;
  /** The index of the class to explain, for a method that explains one class a run: the requested one, or the most probable. */
  readonly targetOf: (probabilities: Float32Array) => number;
}

/** The most that a run takes. */
export interface Cost {
  /** Variants of the image that are scored, at most: masks, squares, samples. */
  readonly variants: number;
  /** Passes of the model for each; one pass more classifies the image as it is. */
  readonly passesPerVariant: number;
  /** K, rows of its per-class tensors; 0 where they are few, whatever the options. */
  readonly rows: number;
}

/** What of a model decides the cost. */
export interface ModelSize {
  /** H and W of its input, in pixels. */
  readonly input: Extent;
  /** D, its patch embeddings' channels. */
  readonly channels: number;
}

/** What one mask found for one class, equation (2): score = masked + whole − noisy. */
export interface MaskTerms {
  readonly score: number;
  /** f(y | X∘M + (1−M)∘Z). */
  readonly masked: number;
  /** f(y | X). */
  readonly whole: number;
  /** f(y | X + (1−M)∘Z). */
  readonly noisy: number;
}

/** The paper's diagnostics of a run, for one class. */
export interface Diagnostics {
  /** Mean of the scores. Above 0.9 is causal overdetermination: nearly any part of the image suffices for the class (section 4.3). */
  readonly scoreMean: number;
  /** Population variance of the scores. */
  readonly scoreVariance: number;
  /** Least and largest ρ(x): how unevenly the masks cover the pixels. */
  readonly coverageMin: number;
  readonly coverageMax: number;
}

/**
 * A method of explanation: all that the service knows of it. GraphQL's inputs, the command line's options and help, the page's form,
 * the cost bound and docs/methods.md are derived from this, so a method is one such descriptor and its line in registry.ts.
 */
export interface MethodDescriptor<
  Name extends string = string,
  Schema extends OptionsSchema = OptionsSchema,
  TensorName extends string = string,
> {
  /** In requests and logs: VIT_CX. */
  readonly name: Name;
  /** For people: ViT-CX. */
  readonly title: string;
  /** `paper`: a row of the ViT-CX paper's Table 1. `control`: no explanation, but what explanations are compared with. */
  readonly kind: "paper" | "other" | "control";
  /** Authors, title, place and year; empty for a control. */
  readonly citation: string;
  /** What it computes, in a sentence or two. */
  readonly description: string;
  /** What a bright place of its map means. */
  readonly reading: string;
  /** What it does while it runs, after "the model has classified the image": "scoring random masks". */
  readonly activity: string;
  /** What `done` and `total` of its progress count: "masks". */
  readonly unit: string;
  readonly options: Schema;
  /** The options whose default is the model's, and their values. */
  readonly modelDefaults?: (model: { readonly delta: number }) => Partial<z.output<Schema>>;
  /** Names of options in logs and commands of earlier versions, and what they are called now. */
  readonly formerOptions?: Readonly<Record<string, string>>;
  /** The variants of it that its paper compares, with their titles there. */
  readonly ablations?: readonly { readonly title: string; readonly options: Partial<z.output<Schema>> }[];
  readonly needs: Need;
  /** Whether one run gives the map of every class; else it gives that of the explained class alone. */
  readonly everyClass: boolean;
  /** The tensors that `saliencyOf` reads. */
  readonly tensors: Readonly<Record<TensorName, TensorScope>>;
  /** How far apart two reports of its scores are at least, in milliseconds and as a share of all; 200 ms and 0.01 by default. */
  readonly reportEvery?: { readonly ms: number; readonly share: number };
  cost(options: z.output<Schema>, model: ModelSize): Cost;
  /**
   * Explains an image. Yields progress and returns the evidence. Between two yields lies at most one batch, so a caller that stops
   * iterating stops the work.
   */
  explain(task: MethodTask<z.output<Schema>>): AsyncGenerator<Progress<TensorName>, Evidence<TensorName>>;
  /** S(x) of the class, not normalised, [H, W], or smaller for showing progress. More salient is larger. */
  saliencyOf(evidence: ClassEvidence<TensorName>, extent: Extent, options: z.output<Schema>): Tensor<Float64Array>;
  /** Whether the map has a sign: above 0 speaks for the class, below 0 against it. It is drawn so. Left out: never. */
  isSigned?(options: z.output<Schema>): boolean;
  /** Tensors for readers, kept as files as well, that follow from the evidence; and their names. */
  derived?(evidence: Evidence<TensorName>): Readonly<Record<string, Tensor>>;
  readonly derivedNames?: readonly string[];
  /** Of a method whose masks are scored by equation (2): the terms of each, [K]. */
  maskTerms?(evidence: ClassEvidence<TensorName>): readonly MaskTerms[];
  diagnose?(evidence: ClassEvidence<TensorName>): Diagnostics;
}

/** Infers a descriptor's types, and refuses one that lacks anything. */
export function defineMethod<const Name extends string, Schema extends OptionsSchema, TensorName extends string>(
  descriptor: MethodDescriptor<Name, Schema, TensorName>,
): MethodDescriptor<Name, Schema, TensorName> {
  return descriptor;
}

/** The evidence about the class with index `target`. */
export function classEvidence<Name extends string>(
  scopes: Readonly<Record<Name, TensorScope>>,
  { extent, probabilities, tensors }: Evidence<Name>,
  target: number,
): ClassEvidence<Name> {
  const names = Object.keys(scopes) as Name[];
  const entries = names.map((name) => [name, scopes[name] === "shared" ? tensors[name] : column(tensors[name], target)]);
  return { extent, probability: probabilities[target]!, tensors: Object.fromEntries(entries) as Record<Name, Tensor> };
}

/** Column c of a matrix [K, C], as [K]. */
export function column({ shape, data }: Tensor, c: number): Tensor {
  const [rows, columns] = shape as [number, number];
  return { shape: [rows], data: Float32Array.from({ length: rows }, (_, k) => data[k * columns + c]!) };
}
