import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { classifiers } from "../../functions/classifiers.ts";
import { readConfig } from "../../functions/config.ts";
import { CodedError } from "../../lib/errors.ts";
import { drain } from "../../lib/steps/steps.ts";
import type { Explanation } from "../../lib/explanation/log/fold.ts";
import { progressOf } from "../../lib/explanation/log/progress.ts";
import { completeMethod } from "../../lib/explanation/request/method-config.ts";
import { parseBox, parseMethod, parseMetrics } from "../../lib/explanation/request/parse-method.ts";
import type { ResultFile } from "../../lib/explanation/results/evidence-files.ts";
import { explainAlone } from "../../lib/explanation/run/explain-alone.ts";
import { metricByKey } from "../../lib/metrics/registry.ts";
import { readCatalog } from "../../lib/vit/catalog/catalog.ts";
import { modelFolders } from "../model-folders.ts";
import { drawnBar } from "../progress-bar.ts";
import { endIfStuck } from "../end-if-stuck.ts";
import { stopSignal } from "../stop-signal.ts";
import { type BoxedImage, boxOf, writeCoco, writeVoc } from "./boxes.ts";
import { greyFiles, mapIn, npzFile } from "./more-files.ts";
import { optionsOf } from "./options.ts";
import { csv, type Format, json, longText, shortText } from "./report.ts";
import { findSources } from "./sources.ts";

export interface ExplainFlags {
  readonly model?: string;
  readonly models?: string;
  readonly method: string;
  readonly target?: string;
  readonly metrics?: string;
  readonly box?: readonly string[];
  /** False where no files are wanted. */
  readonly out: string | false;
  readonly json?: true;
  readonly csv?: true;
  readonly grey?: true;
  readonly npz?: true;
  readonly boxesOut?: "coco" | "voc";
  readonly boxThreshold: number;
  /** Options of methods, by name. */
  readonly [option: string]: unknown;
}

/**
 * Explains images in this process, one after the other, writes the files of each result into a folder, and prints what was found. One that
 * cannot be explained is reported, and the others are explained all the same.
 *
 * @throws CodedError for arguments that suit no image; where the only image fails, its error; where some of several fail, how many
 * @throws Stopped after Ctrl-C
 */
export async function explain(args: readonly string[], flags: ExplainFlags): Promise<void> {
  const stop = stopSignal();
  const request = requestOf(flags);
  const sources = await findSources(args);
  // What several images leave does not depend on how many of them a folder or a glob holds.
  const isOne = sources.length === 1 && sources[0]!.path === args[0];
  const format = formatOf(flags, Object.keys(request.metrics), isOne);
  const config = readConfig();
  endIfStuck();
  const catalog = await readCatalog(modelFolders(flags.models));
  const openClassifier = classifiers(config, pino({ name: "explain", level: "warn" }, pino.destination(2)));

  const boxed: BoxedImage[] = [];
  const failures: CodedError[] = [];
  const bar = imagesBar(sources.length);
  const print = (text: string | undefined, line: (text: string) => void = console.log) => bar.aside(() => text && line(text));
  try {
    if (format.head !== undefined) print(format.head);
    for (const source of sources) {
      try {
        const steps = explainAlone(catalog, openClassifier, { ...request, image: await source.read() });
        const { explanation, files } = await watch(steps, bar, stop);
        const box = flags.boxesOut && boxOf(explanation, mapIn(files), flags.boxThreshold);
        const folder = flags.out === false ? null : isOne ? flags.out : join(flags.out, source.name);
        const all = [...files, ...(flags.grey ? await greyFiles(files) : []), ...(flags.npz ? [npzFile(files)] : [])];
        if (folder !== null) await write(folder, all);
        if (box !== undefined) boxed.push({ path: source.path, name: source.name, explanation, box });
        if (flags.boxesOut === "voc" && flags.out !== false) await writeVoc(flags.out, boxed.at(-1)!);
        const names = folder === null ? [] : all.map(({ name }) => name);
        print(format.of({ path: source.path, folder, files: names, explanation, box }));
      } catch (error) {
        const failure = failureOf(error);
        // Arguments that do not suit the first image will suit none.
        if (isOne || (source === sources[0] && !ABOUT_AN_IMAGE.test(failure.code))) throw failure;
        failures.push(failure);
        print(`${source.path}: ${failure.message}`, console.error);
        print(format.failure?.(source.path, failure));
      }
      bar.finished();
    }
  } finally {
    bar.stop();
    if (flags.boxesOut === "coco" && flags.out !== false && boxed.length > 0) await writeCoco(flags.out, boxed);
  }
  if (failures.length > 0) {
    throw new CodedError("IMAGE_UNREADABLE", `${failures.length} of ${sources.length} images could not be explained.`);
  }
}

/** Errors of one image, whatever the arguments are: for another one a model may answer numbers. */
const ABOUT_AN_IMAGE = /^IMAGE_|^MODEL_NOT_FINITE$/;

/** What is asked of every image. Throws BAD_USER_INPUT. */
function requestOf(flags: ExplainFlags) {
  const { model, target, box } = flags;
  const parsed = parseMethod(flags.method);
  const { method } = parsed;
  const options = optionsOf(parsed, flags);
  completeMethod(method, options, { delta: 1 }); // throws where they cannot be
  const metrics = { ...parseMetrics(flags.metrics ?? ""), ...(box && { boxes: box.map(parseBox) }) };
  return { owner: "local", model, target, method, options, metrics };
}

function formatOf(flags: ExplainFlags, metrics: readonly string[], isOne: boolean): Format {
  if (flags.json) return json;
  if (flags.csv) return csv(metrics.flatMap((key) => metricByKey(key)?.name ?? []));
  return isOne ? longText : shortText;
}

/** A sentence for what is wrong with an image or a file. Throws a defect of ours. */
function failureOf(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const { syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) throw error;
  return new CodedError("IMAGE_MISSING", message, { cause: error });
}

async function write(folder: string, files: readonly ResultFile[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { name, bytes } of files) await writeFile(join(folder, name), bytes);
}

/** A bar over all images. */
function imagesBar(count: number) {
  const bar = drawnBar("{image}{masks}");
  let done = 0;
  const show = (fraction: number, masks: string) => {
    const image = count === 1 ? "" : `${Math.min(done + 1, count)} of ${count} images; `;
    bar.update((done + fraction) / count, 1, { image, masks });
  };
  show(0, "");
  return {
    show,
    finished() {
      done++;
      show(0, "");
    },
    aside: bar.aside,
    stop: bar.stop,
  };
}

/** Runs an explanation to its end. Its last state, and the files of the result. Throws Stopped. */
async function watch(
  steps: AsyncGenerator<Explanation, readonly ResultFile[]>,
  bar: { show(fraction: number, masks: string): void },
  stop: AbortSignal,
): Promise<{ explanation: Explanation; files: readonly ResultFile[] }> {
  const explanations: Explanation[] = [];
  const files = await drain(steps, (explanation) => {
    stop.throwIfAborted();
    const { done, total, fraction } = progressOf(explanation);
    const scored = total === null ? "" : `${done} of ${total} masks scored`;
    bar.show(fraction, explanation.latest.MAPPED ? "measuring the map" : scored);
    explanations.push(explanation);
  });
  return { explanation: explanations.at(-1)!, files };
}
