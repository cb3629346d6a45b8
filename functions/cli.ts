import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { parseArgs } from "node:util";
import { Presets, SingleBar } from "cli-progress";
import { CodedError } from "../lib/errors.ts";
import { explainAlone } from "../lib/explanation/explain-alone.ts";
import type { Explanation } from "../lib/explanation/fold.ts";
import { progressOf } from "../lib/explanation/progress.ts";
import { readCatalog } from "../lib/vit/catalog.ts";
import { openClassifier } from "../lib/vit/onnx-classifier.ts";
import { readConfig } from "./config.ts";
import { reportOf, usage } from "./cli-text.ts";

/** `npm run explain -- PHOTO`: explains one image in this process, and writes the files of the result into a folder. */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      model: { type: "string" },
      models: { type: "string" },
      target: { type: "string" },
      seed: { type: "string" },
      "noise-sd": { type: "string" },
      delta: { type: "string" },
      out: { type: "string", default: "explanation" },
      help: { type: "boolean" },
    },
  });
  if (values.help || positionals.length !== 1) {
    console.log(usage);
    return;
  }
  const config = readConfig();
  const catalog = await readCatalog(values.models?.split(delimiter) ?? config.VITCX_MODELS);
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  const options = { seed: number(values.seed), noiseSd: number(values["noise-sd"]), delta: number(values.delta) };
  const image = await readFile(positionals[0]);
  const submission = { owner: "local", method: "VIT_CX", image, model: values.model, target: values.target, options } as const;

  const steps = explainAlone(catalog, (model) => openClassifier(model, { threads: config.VITCX_THREADS }), submission);
  const explanations: Explanation[] = [];
  const bar = new SingleBar({ format: "{bar} {percentage} % | {masks}", clearOnComplete: true }, Presets.rect);
  let step = await steps.next();
  bar.start(1, 0, { masks: "" });
  for (; !step.done; step = await steps.next()) {
    const { done, total, fraction } = progressOf(step.value);
    bar.update(fraction, { masks: total === null ? "" : `${done} of ${total} masks scored` });
    explanations.push(step.value);
  }
  bar.stop();
  await mkdir(values.out, { recursive: true });
  for (const { name, bytes } of step.value) await writeFile(join(values.out, name), bytes);
  console.log(reportOf(explanations.at(-1)!, values.out, step.value));
}

main().catch((error: Error) => {
  const known = error instanceof CodedError || "code" in error;
  console.error(known ? error.message : error);
  process.exitCode = 1;
});
