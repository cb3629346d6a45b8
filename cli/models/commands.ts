import { readFile } from "node:fs/promises";
import { addModel, inspectSource } from "../../lib/vit/catalog/add.ts";
import { factsOf } from "../../lib/vit/catalog/fact-options.ts";
import { factsIn } from "../../lib/vit/catalog/facts.ts";
import { findModel } from "../../lib/vit/catalog/model-source.ts";
import { removeModel } from "../../lib/vit/catalog/remove.ts";
import { inspectionText, listText, verificationText } from "./text.ts";
import { passed, verifyModel } from "../../lib/vit/catalog/verify.ts";
import { readCatalog, readModels } from "../../lib/vit/catalog/catalog.ts";
import type { Config } from "../../functions/config.ts";
import { fromHub } from "./from-hub.ts";
import type { Arguments } from "./options.ts";

const example = new URL("../../models/emoji-vit/examples/camera-cat.png", import.meta.url);

type Command = (given: Arguments, subject: string) => Promise<string>;

/** What `npm run models` can do, each a text to print. */
export function modelCommands({
  VITCX_MODELS,
  VITCX_THREADS,
  VITCX_EXECUTION_PROVIDERS,
}: Config): Readonly<Partial<Record<string, Command>>> {
  const options = { threads: VITCX_THREADS };
  const [models] = VITCX_MODELS;
  return {
    async add(given, subject) {
      const add = async (path: string, file = given.text("file")) =>
        addModel(models, await findModel(path, file), await factsOf(given.text), options);
      const { model, inspection } = await (subject.startsWith("hf:")
        ? fromHub(models, subject, given.text("file"), add)
        : add(subject));
      return `${inspectionText(inspection)}\n\nadded ${model.manifest.id} in ${model.folder}`;
    },
    async inspect(given, subject) {
      const source = await findModel(subject, given.text("file"));
      const inspection = await inspectSource(
        source,
        { ...(await factsIn(source.folder)), ...(await factsOf(given.text)) },
        options,
      );
      return given.json ? JSON.stringify(inspection, undefined, 2) : inspectionText(inspection);
    },
    async list(given) {
      const found = await readModels(VITCX_MODELS);
      return given.json ? JSON.stringify(found, undefined, 2) : listText(found.models, found.problems);
    },
    async verify(given, subject) {
      const model = (await readCatalog(VITCX_MODELS)).get(subject);
      const picture = await readFile(given.text("image") ?? example);
      const verification = await verifyModel(model, picture, { ...options, executionProviders: VITCX_EXECUTION_PROVIDERS });
      if (!passed(verification)) process.exitCode = 1;
      return given.json ? JSON.stringify(verification, undefined, 2) : verificationText(verification);
    },
    async remove(_, subject) {
      return `removed ${await removeModel(VITCX_MODELS, subject)}`;
    },
  };
}
