import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve, sep } from "node:path";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { CodedError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { InstalledModel } from "./catalog.ts";
import type { Classification, Classifier, Variants } from "./classifier.ts";
import type { Manifest } from "./manifest.ts";
import { channelsFirst, patchGrid } from "./patch-grid.ts";
import type { PatchGrid } from "./patch-grid.ts";
import { graftProbe } from "./probe.ts";
import type { Probe, ProbeNames } from "./probe.ts";
import { unusable } from "./unusable.ts";

type Outputs = Record<"probabilities" | "embeddings", Tensor>;

/** Measured on ViT-Ti/16 and on emoji-vit, on one and two CPU threads: larger batches are no faster an image. */
const DEFAULT_BATCH_SIZE = 4;

export interface ClassifierOptions {
  /** ONNX Runtime execution providers, the preferred first: "cpu" (the default), "webgpu", "cuda". */
  readonly executionProviders?: readonly string[];
  /** Threads that a pass uses on the CPU, at least 1; default: as many as the machine has cores. */
  readonly threads?: number;
  /** Variants a pass, at least 1; default 4. */
  readonly batchSize?: number;
}

/**
 * Opens a model of the catalog in ONNX Runtime: checks its weights against the manifest, grafts the probe, and asks it once to
 * see that it answers as the manifest says. Every pass blocks its thread, so open it only where nothing else is served.
 *
 * @throws CodedError MODEL_UNUSABLE, with the model's id, where the files cannot be read or do not do what the manifest says
 */
export async function openClassifier(
  model: InstalledModel,
  options: ClassifierOptions = {},
): Promise<Classifier & AsyncDisposable> {
  try {
    const probe = graftProbe(await weights(model), model.manifest);
    const session = await createSession(probe, model.folder, options);
    const grid = await checkAnswers(session, probe, model.manifest).catch(async (error: unknown) => {
      await session.release();
      throw error;
    });
    return new OnnxClassifier(session, probe.names, model.manifest, grid, options.batchSize ?? DEFAULT_BATCH_SIZE);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw new CodedError(error.code, `Model "${model.manifest.id}": ${error.message}.`, { cause: error });
  }
}

async function weights({ folder, manifest }: InstalledModel): Promise<Uint8Array> {
  const bytes = await fileOf(folder, manifest.file);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== manifest.sha256) {
    throw unusable(`expected ${manifest.file} to have the SHA-256 ${manifest.sha256} as the manifest says, got ${sha256}`);
  }
  return bytes;
}

async function fileOf(folder: string, file: string): Promise<Uint8Array> {
  const path = resolve(folder, file);
  if (!path.startsWith(resolve(folder) + sep)) throw unusable(`the file ${file} lies outside the model's folder`);
  try {
    return await readFile(path);
  } catch (cause) {
    throw unusable(`the file ${file} cannot be read`, cause);
  }
}

async function createSession(probe: Probe, folder: string, options: ClassifierOptions): Promise<InferenceSession> {
  const externalData = await Promise.all(probe.externalFiles.map(async (path) => ({ path, data: await fileOf(folder, path) })));
  try {
    return await InferenceSession.create(probe.bytes, {
      executionProviders: options.executionProviders ?? ["cpu"],
      intraOpNumThreads: options.threads ?? availableParallelism(),
      // Threads that spin while they wait double the cost of a pass as soon as anything else wants their cores.
      extra: { session: { intra_op: { allow_spinning: "0" } } },
      // What it would write to stderr, it also throws.
      logSeverityLevel: 4,
      externalData,
    });
  } catch (cause) {
    throw unusable(`ONNX Runtime cannot load it: ${messageOf(cause)}`, cause);
  }
}

class OnnxClassifier implements Classifier, AsyncDisposable {
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  readonly batchSize: number;
  readonly #session: InferenceSession;
  readonly #names: ProbeNames;
  readonly #grid: PatchGrid;

  constructor(session: InferenceSession, names: ProbeNames, manifest: Manifest, grid: PatchGrid, batchSize: number) {
    this.height = manifest.input.height;
    this.width = manifest.input.width;
    this.classes = manifest.labels.length;
    this.batchSize = batchSize;
    this.#session = session;
    this.#names = names;
    this.#grid = grid;
  }

  async classify(image: Tensor): Promise<Classification> {
    const { probabilities, embeddings } = await ask(this.#session, this.#names, unchanged(image), [
      "probabilities",
      "embeddings",
    ]);
    return { probabilities: probabilities.data, embeddings: channelsFirst(embeddings, this.#grid) };
  }

  async probe(variants: Variants): Promise<Tensor> {
    const { probabilities } = await ask(this.#session, this.#names, variants, ["probabilities"]);
    return probabilities;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}

/** The image itself as its only variant. */
function unchanged(image: Tensor): Variants {
  const [channels, height, width] = image.shape as [number, number, number];
  const one = (value: number) => ({ shape: [1, 1, 1], data: Float32Array.of(value) });
  const fill = { shape: [1, channels, height, width], data: new Float32Array(image.data.length) };
  return { image, keep: one(1), gate: one(0), fill };
}

/** One pass, of which only the outputs named leave ONNX Runtime. */
async function ask<Wanted extends keyof Outputs>(
  session: InferenceSession,
  names: ProbeNames,
  variants: Variants,
  outputs: readonly Wanted[],
): Promise<Pick<Outputs, Wanted>> {
  const { image, keep, gate, fill } = variants;
  const feeds = {
    [names.image]: feed(image.data, [1, ...image.shape]),
    [names.keep]: feed(keep.data, [keep.shape[0], 1, ...keep.shape.slice(1)]),
    [names.gate]: feed(gate.data, [gate.shape[0], 1, ...gate.shape.slice(1)]),
    [names.fill]: feed(fill.data, fill.shape),
  };
  const answers = await session.run(
    feeds,
    outputs.map((output) => names[output]),
  );
  return Object.fromEntries(
    outputs.map((output) => {
      const { dims, data } = answers[names[output]];
      return [output, { shape: dims, data: data as Float32Array }];
    }),
  ) as Pick<Outputs, Wanted>;
}

function feed(data: Float32Array, dims: readonly number[]): OrtTensor {
  return new OrtTensor("float32", data, dims);
}

/** Asks for two variants of a black image, to see whether the model takes batches, has its labels, and where its patches lie. */
async function checkAnswers(session: InferenceSession, { names, patchStride }: Probe, manifest: Manifest): Promise<PatchGrid> {
  const { height, width } = manifest.input;
  const image = unchanged({ shape: [3, height, width], data: new Float32Array(3 * height * width) });
  const two = { ...image, keep: { shape: [2, 1, 1], data: Float32Array.of(1, 1) } };
  const answers = await ask(session, names, two, ["probabilities", "embeddings"]).catch((cause: unknown) => {
    const remedy = "export it again with a dynamic batch axis";
    throw unusable(`it cannot be run on a batch of two (${messageOf(cause)}); if its batch is fixed, ${remedy}`, cause);
  });
  const expected = `[2, ${manifest.labels.length}]`;
  const got = `[${answers.probabilities.shape.join(", ")}]`;
  if (got !== expected) throw unusable(`expected ${expected} scores for two images, one a label of the manifest, got ${got}`);
  const [images, ...shape] = answers.embeddings.shape;
  if (images !== 2) throw unusable(`expected patch embeddings of two images, got [${answers.embeddings.shape.join(", ")}]`);
  return patchGrid(shape, manifest, patchStride);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
