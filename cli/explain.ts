import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { parseArgs } from "node:util";
import { explainAlone } from "../lib/explanation/run/explain-alone.ts";
import { parseBox, parseMethod, parseMetrics } from "../lib/explanation/request/parse-method.ts";
import { type InstalledModel, readCatalog } from "../lib/vit/catalog/catalog.ts";
import { openClassifier } from "../lib/vit/runtime/onnx-classifier.ts";
import { readConfig } from "../functions/config.ts";
import { reportOf, usage } from "./explain-text.ts";
import { optionsOf } from "./explain-options.ts";
import { endWith } from "../functions/exit-with.ts";
import { watch } from "./progress-bar.ts";

/** `npm run explain -- PHOTO`: explains one image in this process, and writes the files of the result into a folder. */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      model: { type: "string" },
      models: { type: "string" },
      method: { type: "string", default: "vit-cx" },
      target: { type: "string" },
      seed: { type: "string" },
      "noise-sd": { type: "string" },
      delta: { type: "string" },
      metrics: { type: "string", default: "" },
      box: { type: "string", multiple: true, default: [] },
      out: { type: "string", default: "explanation" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  if (positionals.length !== 1) {
    console.error(`Expected one photo, got ${positionals.length}.\n\n${usage}`);
    process.exitCode = 1;
    return;
  }
  const config = readConfig();
  const catalog = await readCatalog(values.models?.split(delimiter) ?? config.VITCX_MODELS);
  const spec = parseMethod(values.method);
  const options = optionsOf(spec, { seed: values.seed, "noise-sd": values["noise-sd"], delta: values.delta });
  const image = await readFile(positionals[0]);
  const { model, target } = values;
  const metrics = { ...parseMetrics(values.metrics), ...(values.box.length > 0 && { boxes: values.box.map(parseBox) }) };
  const submission = { owner: "local", method: spec.method, image, model, target, options, metrics };

  const session = { threads: config.VITCX_THREADS, executionProviders: config.VITCX_EXECUTION_PROVIDERS };
  const classifierOf = (model: InstalledModel) => openClassifier(model, session);
  const { explanation, files } = await watch(explainAlone(catalog, classifierOf, submission));
  await mkdir(values.out, { recursive: true });
  for (const { name, bytes } of files) await writeFile(join(values.out, name), bytes);
  console.log(reportOf(explanation, values.out, files));
}

main().catch(endWith);
