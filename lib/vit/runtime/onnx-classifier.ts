import { readableGraph } from "../../onnx/as-if-float.ts";
import { dirname, resolve } from "node:path";
import { CodedError } from "../../errors.ts";
import type { OnnxModel } from "../../onnx/model.ts";
import { readModelFile } from "../../onnx/model-file.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { InstalledModel } from "../catalog/catalog.ts";
import type { Classification, Classifier, Derivative, Variants } from "../../classifier/classifier.ts";
import { sha256Of } from "../catalog/file-hash.ts";
import { inspectModel } from "../catalog/inspect.ts";
import type { Manifest } from "../catalog/manifest.ts";
import { checkedInput, readClassifier } from "../graph/classifier-graph.ts";
import { checkPlaces, isPlaced, misplaced } from "../places/place-check.ts";
import { OnnxDerivatives } from "./onnx-derivatives.ts";
import { channelsFirst, patchGrid } from "../graph/patch-grid.ts";
import type { PatchGrid } from "../graph/patch-grid.ts";
import { graftProbe } from "../graph/probe.ts";
import type { Probe, ProbeNames } from "../graph/probe.ts";
import { checkFinite } from "./finite.ts";
import { messageOf, Session } from "./session.ts";
import type { SessionOptions } from "./session.ts";
import { unusable } from "../unusable.ts";

type Outputs = Record<"probabilities" | "embeddings", Tensor>;

/** Measured on ViT-Ti/16 and on emoji-vit, on one and two CPU threads: larger batches are no faster an image. */
const DEFAULT_BATCH_SIZE = 4;

export interface ClassifierOptions extends SessionOptions {
  /** Variants a pass, at least 1; default 4. A model that was exported for one image takes one. */
  readonly batchSize?: number;
}

/**
 * Opens a model of the catalog in ONNX Runtime: checks its weights against the manifest, grafts the probe, and asks it once to
 * see that it answers as the manifest says. Every pass blocks its thread, so open it only where nothing else is served.
 *
 * @param change makes another model of the same shape of the one that lies in `folder`
 * @throws CodedError MODEL_UNUSABLE, with the model's id, where the files cannot be read or do not do what the manifest says
 */
export async function openClassifier(
  model: InstalledModel,
  options: ClassifierOptions = {},
  change: (model: OnnxModel, folder: string) => OnnxModel | Promise<OnnxModel> = (unchanged) => unchanged,
): Promise<Classifier & AsyncDisposable> {
  try {
    const { folder } = model;
    const file = resolve(folder, model.manifest.file);
    await checkWeights(model);
    const original = await readModelFile(file);
    const manifest = await completed(original, dirname(file), model.manifest, options);
    if (manifest !== model.manifest) await checkOrder(original, dirname(file), manifest, options);
    return await openGraph(await change(original, dirname(file)), dirname(file), manifest, options);
  } catch (error) {
    throw withModel(error, model.manifest.id);
  }
}

/**
 * The same for a graph that is at hand, with a manifest that says where the patch embeddings lie.
 *
 * @throws CodedError MODEL_UNUSABLE where the graph does not do what the manifest says
 */
export async function openGraph(
  graph: OnnxModel,
  folder: string,
  manifest: Manifest,
  options: ClassifierOptions = {},
): Promise<Classifier & AsyncDisposable> {
  const probe = graftProbe(graph, manifest);
  const session = await Session.open(probe.model, folder, options);
  const answers = await checkAnswers(session, probe, manifest).catch(async (error: unknown) => {
    await session[Symbol.asyncDispose]();
    throw error;
  });
  const batchSize = answers.single ? 1 : (options.batchSize ?? DEFAULT_BATCH_SIZE);
  const derivatives = new OnnxDerivatives({
    model: graph,
    folder,
    options,
    classifier: readClassifier(readableGraph(graph), manifest),
    facts: { input: manifest.input, classes: manifest.labels.length, output: manifest.output },
    grid: answers.grid,
  });
  return new OnnxClassifier(session, probe.names, manifest, { ...answers, batchSize, derivatives });
}

/** A manifest that says where the patch embeddings lie: what is left out is found by asking the model, as when it is added. */
async function completed(model: OnnxModel, folder: string, manifest: Manifest, options: SessionOptions): Promise<Manifest> {
  const { embedding, input, labels } = manifest;
  if (embedding.tensor !== undefined && embedding.grid !== undefined) return manifest;
  checkedInput(readableGraph(model), manifest);
  const hints = { size: input, classes: labels.length, embedding };
  const inspection = await inspectModel(model, folder, hints, options);
  return { ...manifest, embedding: { ...embedding, ...inspection.embedding } };
}

/** Refuses a model that was never added, and whose tokens are not where they are read. */
async function checkOrder(model: OnnxModel, folder: string, manifest: Manifest, options: SessionOptions): Promise<void> {
  const classifier = await openGraph(model, folder, manifest, options);
  try {
    const check = await checkPlaces(classifier);
    const more = "; add it with `vitcx models add`, which looks for another order";
    if (!isPlaced(check)) throw misplaced(manifest.embedding.tensor, check, more);
  } finally {
    await classifier[Symbol.asyncDispose]();
  }
}

/** The same error with the model's id in its sentence. */
function withModel(error: unknown, id: string): unknown {
  if (!(error instanceof CodedError) || error.code !== "MODEL_UNUSABLE") return error;
  return new CodedError(error.code, `Model "${id}": ${error.message}.`, { cause: error });
}

async function checkWeights({ folder, manifest }: InstalledModel): Promise<void> {
  for (const { file, sha256 } of [manifest, ...(manifest.data ?? [])]) {
    const got = await sha256Of(folder, file);
    if (got !== sha256) throw unusable(`expected ${file} to have the SHA-256 ${sha256} as the manifest says, got ${got}`);
  }
}

/** How a model answered when it was asked for the first time. */
interface Answers {
  readonly grid: PatchGrid;
  readonly single: boolean;
}

class OnnxClassifier implements Classifier, AsyncDisposable {
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  readonly batchSize: number;
  readonly #session: Session;
  readonly #names: ProbeNames;
  readonly #grid: PatchGrid;
  readonly #single: boolean;
  readonly #derivatives: OnnxDerivatives;
  readonly #id: string;

  constructor(
    session: Session,
    names: ProbeNames,
    manifest: Manifest,
    { grid, single, batchSize, derivatives }: Answers & { batchSize: number; derivatives: OnnxDerivatives },
  ) {
    this.height = manifest.input.height;
    this.width = manifest.input.width;
    this.classes = manifest.labels.length;
    this.batchSize = batchSize;
    this.#session = session;
    this.#names = names;
    this.#grid = grid;
    this.#single = single;
    this.#derivatives = derivatives;
    this.#id = manifest.id;
  }

  async classify(image: Tensor): Promise<Classification> {
    const { probabilities, embeddings } = await this.#ask(unchanged(image), ["probabilities", "embeddings"]);
    return { probabilities: probabilities.data, embeddings: channelsFirst(embeddings, this.#grid) };
  }

  async probe(variants: Variants): Promise<Tensor> {
    if (this.#single) return this.#probeOneByOne(variants);
    const { probabilities } = await this.#ask(variants, ["probabilities"]);
    return probabilities;
  }

  /** @throws CodedError MODEL_NOT_FINITE */
  async #ask<Wanted extends keyof Outputs>(variants: Variants, outputs: readonly Wanted[]): Promise<Pick<Outputs, Wanted>> {
    return checkFinite(await ask(this.#session, this.#names, variants, outputs), this.#id);
  }

  async #probeOneByOne({ image, ...grids }: Variants): Promise<Tensor> {
    const { keep, gate, fill } = grids;
    const count = Math.max(keep.shape[0]!, gate.shape[0]!, fill.shape[0]!);
    const data = new Float32Array(count * this.classes);
    for (let i = 0; i < count; i++) {
      const one = { image, keep: entry(keep, i), gate: entry(gate, i), fill: entry(fill, i) };
      const { probabilities } = await this.#ask(one, ["probabilities"]);
      data.set(probabilities.data, i * this.classes);
    }
    return { shape: [count, this.classes], data };
  }

  async differentiate<Wanted extends Derivative>(
    images: Tensor,
    target: number,
    wanted: readonly Wanted[],
  ): Promise<Record<Wanted, Tensor>> {
    try {
      return checkFinite(await this.#derivatives.differentiate(images, target, wanted), this.#id);
    } catch (error) {
      throw withModel(error, this.#id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#derivatives[Symbol.asyncDispose]();
    await this.#session[Symbol.asyncDispose]();
  }
}

/** The image itself as its only variant. */
function unchanged(image: Tensor): Variants {
  const [channels, height, width] = image.shape as [number, number, number];
  const one = (value: number) => ({ shape: [1, 1, 1], data: Float32Array.of(value) });
  const fill = { shape: [1, channels, height, width], data: new Float32Array(image.data.length) };
  return { image, keep: one(1), gate: one(0), fill };
}

/** Entry i of a tensor's first axis, or the only one, with that axis kept. */
function entry({ shape: [count, ...shape], data }: Tensor, i: number): Tensor {
  const size = data.length / count!;
  const from = count === 1 ? 0 : i * size;
  return { shape: [1, ...shape], data: data.subarray(from, from + size) };
}

/** One pass of the probe. */
async function ask<Wanted extends keyof Outputs>(
  session: Session,
  names: ProbeNames,
  { image, keep, gate, fill }: Variants,
  outputs: readonly Wanted[],
): Promise<Pick<Outputs, Wanted>> {
  const feeds = {
    [names.image]: { data: image.data, shape: [1, ...image.shape] },
    [names.keep]: { data: keep.data, shape: [keep.shape[0]!, 1, ...keep.shape.slice(1)] },
    [names.gate]: { data: gate.data, shape: [gate.shape[0]!, 1, ...gate.shape.slice(1)] },
    [names.fill]: fill,
  };
  const answers = await session.run(
    feeds,
    outputs.map((output) => names[output]),
  );
  return Object.fromEntries(outputs.map((output) => [output, answers[names[output]]])) as Pick<Outputs, Wanted>;
}

/**
 * Asks for two variants of a black image, to see whether the model takes batches and has its labels, and for one, to see where its
 * patches lie. One that does not answer for two, as an export for one image will not, is asked for one alone.
 */
async function checkAnswers(session: Session, probe: Probe, manifest: Manifest): Promise<Answers> {
  if (probe.single) return { grid: await checkAnswer(session, probe, manifest), single: true };
  try {
    await checkScores(session, probe, manifest, 2);
    return { grid: await checkAnswer(session, probe, manifest), single: false };
  } catch (error) {
    const grid = await checkAnswer(session, probe, manifest).catch(() => undefined);
    if (!grid) throw error;
    return { grid, single: true };
  }
}

async function checkAnswer(session: Session, probe: Probe, manifest: Manifest): Promise<PatchGrid> {
  const { embeddings } = await checkScores(session, probe, manifest, 1);
  return patchGrid(embeddings.shape, manifest, []);
}

async function checkScores(session: Session, { names }: Probe, manifest: Manifest, count: number): Promise<Outputs> {
  const { height, width } = manifest.input;
  const image = unchanged({ shape: [3, height, width], data: new Float32Array(3 * height * width) });
  const variants = { ...image, keep: { shape: [count, 1, 1], data: new Float32Array(count).fill(1) } };
  const answers = await ask(session, names, variants, ["probabilities", "embeddings"]).catch((cause: unknown) => {
    throw unusable(`it cannot be run: ${messageOf(cause)}`, cause);
  });
  const expected = `[${count}, ${manifest.labels.length}]`;
  const got = `[${answers.probabilities.shape.join(", ")}]`;
  if (got !== expected)
    throw unusable(`expected ${expected} scores for ${count} images, one a label of the manifest, got ${got}`);
  return answers;
}
