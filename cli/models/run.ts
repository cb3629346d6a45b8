import { readFile } from "node:fs/promises";
import { readConfig } from "../../functions/config.ts";
import { camelCase } from "../../lib/options/describe.ts";
import { addModel, inspectSource } from "../../lib/vit/catalog/add.ts";
import { readCatalog, readModels } from "../../lib/vit/catalog/catalog.ts";
import { factsOf } from "../../lib/vit/catalog/fact-options.ts";
import { InspectionRefused } from "../../lib/vit/catalog/inspect.ts";
import { factsIn, withStated } from "../../lib/vit/catalog/facts.ts";
import { findModel } from "../../lib/vit/catalog/model-source.ts";
import { removeModel } from "../../lib/vit/catalog/remove.ts";
import { passed, verifyModel } from "../../lib/vit/catalog/verify.ts";
import { folderToAddTo, modelFolders } from "../model-folders.ts";
import { fromHub } from "./from-hub.ts";
import { inspectionText, listText, refusalText, verificationText } from "./text.ts";

/** The options of the commands below; those that state facts of a model are read by `factsOf`. */
export interface ModelFlags {
  readonly models?: string;
  readonly file?: string;
  readonly image?: string;
  readonly json?: boolean;
}

const example = new URL("../../models/emoji-vit/examples/camera-cat.png", import.meta.url);

/** `vitcx models add`: the text to print, as of the others below. */
export async function add(source: string, flags: ModelFlags): Promise<string> {
  const models = folderToAddTo(flags.models);
  const addFrom = async (path: string, file = flags.file) => {
    begin();
    return addModel(models, await findModel(path, file), await statedIn(flags), options());
  };
  const { model, inspection } = await (source.startsWith("hf:")
    ? fromHub(models, source, flags.file, addFrom, console.log)
    : addFrom(source));
  return `${inspectionText(inspection)}\n\nadded ${model.manifest.id} in ${model.folder}`;
}

export async function inspect(path: string, flags: ModelFlags): Promise<string> {
  const source = await findModel(path, flags.file);
  const facts = withStated(await factsIn(source.folder), await statedIn(flags));
  begin();
  const inspection = await inspectSource(source, facts, options()).catch((error: unknown) => {
    // What can be named as the embeddings is shown although the model is refused.
    if (error instanceof InspectionRefused) console.log(refusalText(error, flags.json === true));
    throw error;
  });
  return flags.json ? JSON.stringify(inspection, undefined, 2) : inspectionText(inspection);
}

export async function list({ json }: ModelFlags): Promise<string> {
  const found = await readModels(modelFolders());
  return json ? JSON.stringify(found, undefined, 2) : listText(found.models, found.problems);
}

export async function verify(id: string, { image, json }: ModelFlags): Promise<string> {
  const model = (await readCatalog(modelFolders())).get(id);
  const executionProviders = readConfig().VITCX_EXECUTION_PROVIDERS;
  begin();
  const verification = await verifyModel(model, await readFile(image ?? example), { ...options(), executionProviders });
  if (!passed(verification)) process.exitCode = 1;
  return json ? JSON.stringify(verification, undefined, 2) : verificationText(verification);
}

export async function remove(id: string): Promise<string> {
  return `removed ${await removeModel(modelFolders(), id)}`;
}

/** From here on the limits of `guarded` hold: a download before it takes its time. */
function begin(): void {
  process.send?.({ begins: true });
}

function options() {
  return { threads: readConfig().VITCX_THREADS };
}

function statedIn(flags: ModelFlags) {
  const texts = flags as Readonly<Record<string, string | undefined>>;
  return factsOf((option) => texts[camelCase(option)]);
}
