import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "../lib/errors.ts";
import { readImages } from "../lib/evaluation/images.ts";
import { sample } from "../lib/evaluation/sample.ts";
import { sanityCheck, type SanityRow } from "../lib/evaluation/sanity-check.ts";
import { sanityCsv, sanityMarkdown, sanityMeans } from "../lib/evaluation/sanity-table.ts";
import { methodSpecs } from "../lib/explanation/spec.ts";
import { readCatalog } from "../lib/vit/catalog.ts";
import { readConfig } from "./config.ts";
import { endWith } from "./end-with.ts";
import { countingBar } from "./progress-bar.ts";
import { readArguments, usage } from "./sanity-check-options.ts";

/** `npm run sanity-check`: whether the maps of several methods change as a model forgets what it has learned. */
async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2));
  if (given.help) {
    console.log(usage);
    return;
  }
  if (given.images === undefined) throw new CodedError("BAD_USER_INPUT", `Expected --images.\n\n${usage}`);
  const specs = methodSpecs(given.methods);
  const subjects = sample((await readImages({ folder: given.images })).subjects, given.limit);
  const config = readConfig();
  const catalog = await readCatalog(config.VITCX_MODELS);
  const models = given.models?.split(",").map((id) => catalog.get(id)) ?? [catalog.default];
  const classifier = { threads: config.VITCX_THREADS, executionProviders: config.VITCX_EXECUTION_PROVIDERS };

  await mkdir(given.out, { recursive: true });
  const write = (name: string, text: string) => writeFile(join(given.out, name), text);
  await write("sanity-check.ndjson", "");
  const rows: SanityRow[] = [];
  for (const model of models) {
    const bar = countingBar(`maps of ${model.manifest.id}`);
    try {
      for await (const { done, total, row } of sanityCheck(model, { subjects, specs, seed: given.seed, classifier })) {
        bar.update(done, total);
        if (!row) continue;
        rows.push(row);
        await appendFile(join(given.out, "sanity-check.ndjson"), `${JSON.stringify(row)}\n`);
      }
    } finally {
      bar.stop();
    }
  }
  const means = sanityMeans(rows);
  await write("sanity-check.csv", sanityCsv(means));
  await write("sanity-check.md", sanityMarkdown(means));
  console.log(sanityMarkdown(means));
}

main().catch(endWith);
