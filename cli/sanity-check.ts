import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "../lib/errors.ts";
import { checkClasses } from "../lib/evaluation/explainers/check-request.ts";
import { readImages } from "../lib/evaluation/dataset/images.ts";
import { sample } from "../lib/evaluation/dataset/sample.ts";
import { openSanityRecord } from "../lib/evaluation/sanity-check/record.ts";
import { sanityCsv, sanityMarkdown, sanityMeans } from "../lib/evaluation/sanity-check/table.ts";
import { leftOutSentence, nothingMade } from "../lib/evaluation/report/messages.ts";
import { parseMethods } from "../lib/explanation/request/parse-method.ts";
import { readCatalog } from "../lib/vit/catalog/catalog.ts";
import { readConfig } from "../functions/config.ts";
import { endWith } from "../functions/exit-with.ts";
import { takeFolder } from "./evaluate/folder-lock.ts";
import { type Stopped, stopSignal } from "./stop-signal.ts";
import { keepFindings } from "./sanity-check/findings.ts";
import { readArguments, usage } from "./sanity-check/options.ts";

/** `npm run sanity-check`: whether the maps of several methods change as a model forgets what it has learned. */
async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2));
  if (given.help) {
    console.log(usage);
    return;
  }
  if (given.images === undefined) throw new CodedError("BAD_USER_INPUT", `Expected --images.\n\n${usage}`);
  const stop = stopSignal();
  const specs = parseMethods(given.methods);
  const found = await readImages({ folder: given.images, labels: given.labels });
  const subjects = sample(found.subjects, given.limit);
  const config = readConfig();
  const catalog = await readCatalog(config.VITCX_MODELS);
  const models = given.models?.split(",").map((id) => catalog.get(id)) ?? [catalog.default];
  checkClasses(
    subjects,
    models.map(({ manifest }) => manifest),
  );
  const classifier = { threads: config.VITCX_THREADS, executionProviders: config.VITCX_EXECUTION_PROVIDERS };

  await takeFolder(given.out);
  const record = await openSanityRecord(given.out);
  for (const each of found.leftOut) console.error(leftOutSentence(each));
  const { seeds } = given;
  const { rows, failures } = await keepFindings(models, { subjects, specs, seeds, classifier }, record, stop);
  const means = sanityMeans(rows);
  const write = (name: string, text: string) => writeFile(join(given.out, name), text);
  await write("sanity-check.csv", sanityCsv(means));
  await write("sanity-check.md", sanityMarkdown(means, failures));
  if (stop.aborted) console.error(`What there is so far is in ${given.out}; the same command goes on.`);
  else console.log(sanityMarkdown(means, failures));
  if (stop.aborted) process.exit((stop.reason as Stopped).exitCode);
  if (rows.length === 0) endWith(nothingMade(failures));
}

main().catch(endWith);
