import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Classifier } from "./classifier/classifier.ts";
import type { Measurement, Prediction } from "./explanation/log/events.ts";
import type { Explanation } from "./explanation/log/fold.ts";
import { progressOf } from "./explanation/log/progress.ts";
import { measurementsOf } from "./explanation/results/measurements.ts";
import { explainAlone } from "./explanation/run/explain-alone.ts";
import type { MethodName } from "./methods/registry.ts";
import type { Box } from "./metrics/box.ts";
import { drain } from "./steps/steps.ts";
import { decodeNpy } from "./tensor/npy.ts";
import type { Tensor } from "./tensor/tensor.ts";
import { type Catalog, catalogOf, readCatalog } from "./vit/catalog/catalog.ts";
import { openClassifier } from "./vit/runtime/onnx-classifier.ts";

/** The library: what `import … from "vitcx"` has. */
export { CodedError } from "./errors.ts";
export { methods } from "./methods/registry.ts";
export { metrics } from "./metrics/registry.ts";

/** A model that is open in ONNX Runtime. */
export interface Model {
  readonly id: string;
  readonly labels: readonly string[];
  /** The size of its input, in pixels. */
  readonly input: { readonly width: number; readonly height: number };
  /** Frees its memory; it must not be used after. */
  close(): Promise<void>;
}

export interface OpenModelOptions {
  /** Threads of a pass; all cores by default. */
  readonly threads?: number;
  /** ONNX Runtime's, the preferred first; `["cpu"]` by default. */
  readonly executionProviders?: readonly string[];
  /** Variants of the image in a pass; 4 by default. */
  readonly batchSize?: number;
}

/** What is asked of a model. */
export interface ExplainOptions {
  /** VIT_CX by default. */
  readonly method?: MethodName;
  /** Those of the method, by name; see `methods`. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The class to explain, a label or an index; the most probable one by default. */
  readonly target?: string | number;
  /** Which metrics to compute, and their options: `{ deletion: { steps: 56 }, sparseness: true }`; see `metrics`. */
  readonly metrics?: Readonly<Record<string, unknown>>;
  /** Where the object is, in pixels of the image, for metrics that need it. */
  readonly boxes?: readonly Box[];
  /** Is called after each step, with the part of the work that is done, from 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
  /** Ends the work within a batch; `explain` rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** An explanation of one image. */
export interface Result {
  /** Derived from the image, the model, the method and the options. */
  readonly id: string;
  readonly method: MethodName;
  /** As used, defaults filled in. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The explained class. */
  readonly target: Prediction;
  /** The most probable classes, the most probable one first. */
  readonly predictions: readonly Prediction[];
  /** Whether several labels can be true, or none: each then has a probability of its own. */
  readonly isMultiLabel: boolean;
  /** The saliency map, float32 [H, W], min-max normalised to [0, 1]. */
  readonly map: Tensor;
  /** The map in colours over the image, a PNG. */
  readonly overlay: Uint8Array;
  readonly measurements: readonly Measurement[];
  /** The files that `vitcx explain` writes, by name: PNG pictures, .npy arrays, explanation.json. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** What `explain` needs of a model, and its users do not. */
interface OpenModel extends Model {
  readonly catalog: Catalog;
  readonly classifier: Classifier;
}

const ownModel = fileURLToPath(new URL("../models/emoji-vit", import.meta.url));

/**
 * Opens a model: a folder that `vitcx models add` made, or one in Hugging Face's layout with an onnx/ folder; without a name the one that
 * comes with vitcx, which knows 40 emoji.
 *
 * @throws CodedError MODEL_UNKNOWN or MODEL_UNUSABLE
 */
export async function openModel(folder: string = ownModel, options: OpenModelOptions = {}): Promise<Model> {
  const path = resolve(folder);
  const installed = (await readCatalog([dirname(path)])).get(basename(path));
  const classifier = await openClassifier(installed, options);
  const { id, labels, input } = installed.manifest;
  const model: OpenModel = {
    id,
    labels,
    input,
    catalog: catalogOf(installed),
    classifier,
    close: async () => classifier[Symbol.asyncDispose](),
  };
  return model;
}

/**
 * Explains an image file, a JPEG, PNG, WebP or AVIF, in this process. One explanation at a time a model: ONNX Runtime blocks the thread for
 * each pass.
 *
 * @throws CodedError for an image, an option or a class that cannot be; the reason of `signal`
 */
export async function explain(model: Model, image: Uint8Array, request: ExplainOptions = {}): Promise<Result> {
  const { method = "VIT_CX", options = {}, target, boxes, onProgress, signal } = request;
  const { catalog, classifier } = model as OpenModel;
  const metrics = { ...request.metrics, ...(boxes && { boxes }) };
  const submission = { owner: "local", image, method, options, metrics, target: target === undefined ? null : String(target) };
  let last: Explanation | undefined;
  const written = await drain(
    explainAlone(catalog, async () => classifier, submission),
    (explanation) => {
      signal?.throwIfAborted();
      last = explanation;
      onProgress?.(progressOf(explanation).fraction);
    },
  );
  const { predictions, target: explained, isMultiLabel = false } = last!.latest.CLASSIFIED!;
  const files = new Map(written.map(({ name, bytes }) => [name, bytes]));
  return {
    id: last!.id,
    method: last!.request.method,
    options: last!.request.options,
    target: explained,
    predictions,
    isMultiLabel,
    map: decodeNpy(files.get("saliency-map.npy")!),
    overlay: files.get("overlay.png")!,
    measurements: measurementsOf(last!),
    files,
  };
}
