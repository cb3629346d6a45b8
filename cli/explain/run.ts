import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readConfig } from "../../functions/config.ts";
import type { Explanation } from "../../lib/explanation/log/fold.ts";
import { progressOf } from "../../lib/explanation/log/progress.ts";
import { parseBox, parseMethod, parseMetrics } from "../../lib/explanation/request/parse-method.ts";
import type { ResultFile } from "../../lib/explanation/results/evidence-files.ts";
import { explainAlone } from "../../lib/explanation/run/explain-alone.ts";
import { type InstalledModel, readCatalog } from "../../lib/vit/catalog/catalog.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { modelFolders } from "../model-folders.ts";
import { drawnBar } from "../progress-bar.ts";
import { stopSignal } from "../stop-signal.ts";
import { optionsOf } from "./options.ts";
import { reportOf } from "./report.ts";

export interface ExplainFlags {
  readonly model?: string;
  readonly models?: string;
  readonly method: string;
  readonly target?: string;
  readonly seed?: string;
  readonly noiseSd?: string;
  readonly delta?: string;
  readonly metrics?: string;
  readonly box?: readonly string[];
  readonly out: string;
}

/** Explains one image in this process, and writes the files of the result into a folder. Throws Stopped after Ctrl-C. */
export async function explain(photo: string, flags: ExplainFlags): Promise<void> {
  const stop = stopSignal();
  const config = readConfig();
  const catalog = await readCatalog(modelFolders(flags.models));
  const spec = parseMethod(flags.method);
  const options = optionsOf(spec, { seed: flags.seed, "noise-sd": flags.noiseSd, delta: flags.delta });
  const image = await readFile(photo);
  const { model, target, box, out } = flags;
  const metrics = { ...parseMetrics(flags.metrics ?? ""), ...(box && { boxes: box.map(parseBox) }) };
  const submission = { owner: "local", method: spec.method, image, model, target, options, metrics };

  const session = { threads: config.VITCX_THREADS, executionProviders: config.VITCX_EXECUTION_PROVIDERS };
  const classifierOf = (installed: InstalledModel) => openClassifier(installed, session);
  const { explanation, files } = await watch(explainAlone(catalog, classifierOf, submission), stop);
  await mkdir(out, { recursive: true });
  for (const { name, bytes } of files) await writeFile(join(out, name), bytes);
  console.log(reportOf(explanation, out, files));
}

/** Runs an explanation to its end behind a bar. Its last state, and the files of the result. */
async function watch(
  steps: AsyncGenerator<Explanation, readonly ResultFile[]>,
  stop: AbortSignal,
): Promise<{ explanation: Explanation; files: readonly ResultFile[] }> {
  const explanations: Explanation[] = [];
  const bar = drawnBar("{masks}");
  bar.update(0, 1, { masks: "" });
  try {
    let step = await steps.next();
    for (; !step.done; step = await steps.next()) {
      stop.throwIfAborted();
      const { done, total, fraction } = progressOf(step.value);
      const scored = total === null ? "" : `${done} of ${total} masks scored`;
      bar.update(fraction, 1, { masks: step.value.latest.MAPPED ? "measuring the map" : scored });
      explanations.push(step.value);
    }
    return { explanation: explanations[explanations.length - 1]!, files: step.value };
  } finally {
    // Its timer would keep the process alive.
    bar.stop();
  }
}
