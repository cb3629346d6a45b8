import { realpath } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, parse, relative, resolve, sep } from "node:path";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { externalFiles, withExternalFiles } from "../../onnx/external-data.ts";
import { writeModel } from "../../onnx/model.ts";
import type { OnnxModel } from "../../onnx/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { unusable } from "../unusable.ts";

export interface SessionOptions {
  /** ONNX Runtime execution providers, the preferred first: "cpu" (the default), "webgpu", "cuda". */
  readonly executionProviders?: readonly string[];
  /** Threads that a pass uses on the CPU, at least 1; default: as many as the machine has cores. */
  readonly threads?: number;
}

/** A graph in ONNX Runtime; every pass blocks its thread. Float32 in, float32 out. */
export class Session implements AsyncDisposable {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /**
   * Loads a graph whose external data lie in `folder`. They are mapped from there and not read, so that memory holds them once,
   * beside what ONNX Runtime rearranges for its kernels.
   *
   * @param sparing holds neither rearranged weights nor room for all tensors of the last pass: for graphs that keep many numbers until
   *   their end. Measured on gradients of ViT-Ti/16, a pass takes up to a fourteenth longer; those of ViT-B/16 take a third less memory.
   * @throws CodedError MODEL_UNUSABLE where external data cannot be read, or ONNX Runtime cannot load the graph
   */
  static async open(model: OnnxModel, folder: string, options: SessionOptions = {}, sparing = false): Promise<Session> {
    const real = new Map<string, string>();
    for (const file of externalFiles(model)) real.set(file, await realFile(folder, file));
    const root = commonFolder(folder, [...real.values()]);
    const names = new Map([...real].map(([file, path]) => [file, relative(root, path)]));
    try {
      const session = await InferenceSession.create(writeModel(withExternalFiles(model, names)), {
        executionProviders: options.executionProviders ?? ["cpu"],
        // The layouts that "all" adds make no ViT faster, and end the process (ONNX Runtime 1.30) on some in half precision.
        graphOptimizationLevel: "extended",
        enableMemPattern: !sparing,
        intraOpNumThreads: options.threads ?? availableParallelism(),
        extra: {
          // It sees the probe on a graph, and then others fuse what they would not without: other roundings in half precision.
          optimization: { disable_specified_optimizers: "ReshapeFusion" },
          session: {
            // Threads that spin while they wait double the cost of a pass as soon as anything else wants their cores.
            intra_op: { allow_spinning: "0" },
            disable_prepacking: sparing ? "1" : "0",
            model_external_initializers_file_folder_path: root,
          },
        },
        // What it would write to stderr, it also throws.
        logSeverityLevel: 4,
      });
      return new Session(session);
    } catch (cause) {
      throw unusable(`ONNX Runtime cannot load it: ${messageOf(cause)}`, cause);
    }
  }

  /** One pass, of which only the outputs named leave ONNX Runtime. */
  async run<Wanted extends string>(
    feeds: Readonly<Record<string, Tensor>>,
    wanted: readonly Wanted[],
  ): Promise<Record<Wanted, Tensor>> {
    const tensors = Object.entries(feeds).map(([name, { data, shape }]) => [name, new OrtTensor("float32", data, shape)]);
    const answers = await this.#session.run(Object.fromEntries(tensors), [...wanted]);
    const outputs = wanted.map((name) => [name, { shape: answers[name]!.dims, data: answers[name]!.data as Float32Array }]);
    return Object.fromEntries(outputs) as Record<Wanted, Tensor>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}

async function realFile(folder: string, file: string): Promise<string> {
  const path = resolve(folder, file);
  if (!path.startsWith(resolve(folder) + sep)) throw unusable(`the file ${file} lies outside the model's folder`);
  return realpath(path).catch((cause: unknown) => {
    throw unusable(`the file ${file} cannot be read`, cause);
  });
}

/**
 * The smallest folder that holds all these files: ONNX Runtime reads no file outside of the folder that it is given, and follows no
 * links out of it, of which caches of downloaded models consist.
 */
function commonFolder(folder: string, paths: readonly string[]): string {
  const [first = resolve(folder), ...others] = paths.map((path) => dirname(path));
  const { root } = parse(first);
  let common = first;
  while (common !== root && !others.every((other) => `${other}${sep}`.startsWith(`${common}${sep}`))) common = dirname(common);
  if (common !== root) return common;
  throw unusable(`its files have no folder in common but "${common}": ${paths.join(", ")}; put them into one folder`);
}

/** What ONNX Runtime says went wrong, without its source files' names, in one line. */
export function messageOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const missing =
    /(?:Fatal error: |No Op registered for |Could not find an implementation for |No opset import for domain )([\w.:']+)/.exec(
      text,
    );
  if (missing) return `it does not have the operator or domain ${missing[1]!.replaceAll("'", "")}`;
  return text.replaceAll(/\s+/g, " ").replaceAll(/\/\S+\.(?:cc|h):\d+ /g, "");
}
