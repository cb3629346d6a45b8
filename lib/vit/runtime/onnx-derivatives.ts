import type { Derivative } from "../../classifier/classifier.ts";
import type { OnnxModel } from "../../onnx/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ClassifierGraph } from "../graph/classifier-graph.ts";
import { type DerivativeGraph, graftDerivatives } from "../graph/derivatives.ts";
import { channelsFirst, type PatchGrid } from "../graph/patch-grid.ts";
import type { Manifest } from "../catalog/manifest.ts";
import type { OutputKind } from "../catalog/output-kind.ts";
import { unusable } from "../unusable.ts";
import { Session, type SessionOptions } from "./session.ts";

interface Opened {
  readonly graph: DerivativeGraph;
  readonly session: Session;
}

interface Source {
  readonly model: OnnxModel;
  /** Where the model's external data lie. */
  readonly folder: string;
  readonly options: SessionOptions;
  readonly classifier: Pick<ClassifierGraph, "input" | "floatType" | "scores" | "embeddings">;
  readonly facts: { readonly input: Manifest["input"]; readonly classes: number; readonly output: OutputKind };
  readonly grid: PatchGrid;
}

/** Derivatives of a classifier's logits: a session for each set of them that is asked for, opened when it first is. */
export class OnnxDerivatives implements AsyncDisposable {
  readonly #source: Source;
  readonly #opened = new Map<string, Promise<Opened>>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** See `Classifier.differentiate`. */
  async differentiate<Wanted extends Derivative>(
    images: Tensor,
    target: number,
    wanted: readonly Wanted[],
  ): Promise<Record<Wanted, Tensor>> {
    const { graph, session } = await this.#open(wanted);
    const { classes } = this.#source.facts;
    const count = images.shape[0]!;
    const data = new Float32Array(count * classes);
    for (let i = 0; i < count; i++) data[i * classes + target] = 1;
    const seed = graph.seed === undefined ? {} : { [graph.seed]: { shape: [count, classes], data } };
    const answers = await session.run({ [graph.image]: images, ...seed }, [...graph.outputs.values()].flat());
    const entries = wanted.map((kind) => [
      kind,
      this.#shaped(
        kind,
        graph.outputs.get(kind)!.map((name) => answers[name]!),
      ),
    ]);
    return Object.fromEntries(entries) as Record<Wanted, Tensor>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#opened.values()) {
      const open = await opened.catch(() => undefined);
      await open?.session[Symbol.asyncDispose]();
    }
  }

  #open(wanted: readonly Derivative[]): Promise<Opened> {
    const key = wanted.toSorted().join();
    const known = this.#opened.get(key) ?? this.#build(wanted);
    this.#opened.set(key, known);
    return known;
  }

  async #build(wanted: readonly Derivative[]): Promise<Opened> {
    const { model, folder, options, classifier, facts } = this.#source;
    const graph = graftDerivatives(model, classifier, facts, wanted);
    return { graph, session: await Session.open(graph.model, folder, options, true) };
  }

  #shaped(kind: Derivative, tensors: readonly Tensor[]): Tensor {
    const [first] = tensors as [Tensor];
    if (kind.startsWith("image")) return first;
    return kind === "embeddings-gradient"
      ? channelsFirst(first, this.#source.grid)
      : inOrder(stacked(tensors), this.#source.grid);
  }
}

/** Attention over tokens that lie in another order than row by row, [L, H, T, T], with the patches' tokens row by row at the end. */
function inOrder(attention: Tensor, grid: PatchGrid): Tensor {
  const [blocks, heads, tokens] = attention.shape as [number, number, number];
  if (!grid.order) return attention;
  if (Math.max(...grid.order) >= tokens) {
    throw unusable(`the attention of its blocks is over ${tokens} tokens, of which the patches' order is not known`);
  }
  const ofPatches = new Set(grid.order);
  const others = Array.from({ length: tokens }, (_, token) => token).filter((token) => !ofPatches.has(token));
  const from = [...others, ...grid.order];
  const data = new Float32Array(attention.data.length);
  for (let matrix = 0; matrix < blocks * heads; matrix++) {
    const start = matrix * tokens * tokens;
    for (let i = 0; i < tokens; i++) {
      for (let j = 0; j < tokens; j++) data[start + i * tokens + j] = attention.data[start + from[i]! * tokens + from[j]!]!;
    }
  }
  return { shape: attention.shape, data };
}

/** The attention of L blocks for one image, each [1, heads, T, T] or [heads, T, T], as [L, heads, T, T]. */
function stacked(blocks: readonly Tensor[]): Tensor {
  const shapes = blocks.map(({ shape }) => (shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape));
  const [heads, rows, columns] = shapes[0] as [number, number, number];
  const odd = shapes.findIndex((shape) => shape.join() !== [heads, rows, rows].join());
  if (shapes[0]!.length !== 3 || odd >= 0) {
    const got = blocks[Math.max(odd, 0)]!.shape.join(", ");
    throw unusable(`expected the attention of every block to be [1, heads, tokens, tokens] for one image, got [${got}]`);
  }
  const data = new Float32Array(blocks.length * heads * rows * columns);
  blocks.forEach((block, i) => data.set(block.data, i * heads * rows * columns));
  return { shape: [blocks.length, heads, rows, columns], data };
}
