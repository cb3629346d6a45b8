import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { CodedError } from "../../errors.ts";
import { type Ability, findLack } from "./abilities.ts";
import { manifestFromHuggingFace } from "./hugging-face.ts";
import { readJson } from "./json-file.ts";
import { manifestSchema } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";
import { didYouMean } from "./suggest.ts";
import { unusable } from "../unusable.ts";

/** A model as it lies in a folder. */
export interface InstalledModel {
  readonly manifest: Manifest;
  /** Where its files are. */
  readonly folder: string;
  /** SHA-256 of the manifest, hexadecimal; the manifest holds that of the weights. */
  readonly digest: string;
}

/** The models that requests may name. */
export interface Catalog {
  readonly models: readonly InstalledModel[];
  /** Folders that hold what cannot be used. */
  readonly problems: readonly Problem[];
  /** The model of requests that name none: emoji-vit if it is there, else the first. */
  readonly default: InstalledModel;
  /** @throws CodedError MODEL_UNKNOWN; MODEL_UNUSABLE where the folder of that name is one of the problems */
  get(id: string): InstalledModel;
  /** Why a model does not have what a method needs, in a sentence; null where it does. Its graph is read once for each ability. */
  lackOf(model: InstalledModel, ability: Ability): Promise<string | null>;
}

/** A folder whose model cannot be used, and the sentence that says why. */
export interface Problem {
  readonly folder: string;
  readonly message: string;
}

const DEFAULT_MODEL = "emoji-vit";

/**
 * Reads the models in the given folders, one subfolder a model, with a manifest.json or in Hugging Face's layout; other
 * subfolders are passed over, and so are those with a name that begins with a dot. One that cannot be used is told as a problem
 * and keeps no other from being read. Weights without a manifest are hashed, so read the catalog once a process.
 *
 * @throws CodedError MODEL_UNUSABLE where two models have one id, or there is no model at all
 */
export async function readCatalog(folders: readonly string[]): Promise<Catalog> {
  const { models, problems } = await readModels(folders);
  const byId = new Map(models.map((model) => [model.manifest.id, model]));
  for (const model of models) {
    const other = byId.get(model.manifest.id)!;
    if (other !== model) throw unusable(`The folders ${model.folder} and ${other.folder} hold models of one name; rename one.`);
  }
  const [first] = models;
  if (!first && problems.length > 0) throw unusable(problems.map(({ message }) => message).join(" "));
  if (!first) throw unusable(`Found no model in ${folders.map((folder) => `"${folder}"`).join(", ")}.`);
  const get = (id: string) => byId.get(id) ?? unknown(id, [...byId.keys()], problems);
  return { models, problems, default: byId.get(DEFAULT_MODEL) ?? first, get, lackOf: lacks() };
}

/** A catalog of one model. */
export function catalogOf(model: InstalledModel): Catalog {
  return { models: [model], problems: [], default: model, get: () => model, lackOf: lacks() };
}

/** The models in the given folders, those that cannot be used apart. */
export async function readModels(folders: readonly string[]): Promise<Pick<Catalog, "models" | "problems">> {
  const models: InstalledModel[] = [];
  const problems: Problem[] = [];
  for (const folder of folders) {
    for (const name of await namesIn(folder)) {
      try {
        const model = await readModel(join(folder, name), name);
        if (model) models.push(model);
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        problems.push({ folder: join(folder, name), message: error.message });
      }
    }
  }
  return { models, problems };
}

/** `findLack`, once for each model and ability. */
function lacks(): Catalog["lackOf"] {
  const known = new Map<string, Promise<string | null>>();
  return (model, ability) => {
    const key = `${model.digest} ${ability}`;
    const lack = known.get(key) ?? findLack(model, ability);
    known.set(key, lack);
    return lack;
  };
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw unusable(`The models folder "${folder}" cannot be read.`, cause);
  });
  return names.filter((name) => !name.startsWith(".")).toSorted();
}

async function readModel(folder: string, name: string): Promise<InstalledModel | undefined> {
  const file = join(folder, "manifest.json");
  const written = await readJson(file, manifestSchema);
  if (written && written.id !== name) {
    throw unusable(`The file ${file} cannot be used: expected the id "${name}", as its folder is named, got "${written.id}".`);
  }
  const manifest = written ?? (await manifestFromHuggingFace(folder));
  return manifest && installedModel(manifest, folder);
}

/** A model whose files are known to be in a folder. */
export function installedModel(manifest: Manifest, folder: string): InstalledModel {
  return { manifest, folder, digest: digestOf(manifest) };
}

function digestOf(manifest: Manifest): string {
  return createHash("sha256")
    .update(JSON.stringify(canonical(manifest)))
    .digest("hex");
}

/** The same value with the keys of its objects in order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, canonical(each)]));
}

function unknown(id: string, ids: readonly string[], problems: readonly Problem[]): never {
  const problem = problems.find(({ folder }) => basename(folder) === id);
  if (problem) throw unusable(problem.message);
  const known = ids.map((each) => `"${each}"`).join(", ");
  throw new CodedError("MODEL_UNKNOWN", `There is no model "${id}"; there is ${known}.${didYouMean(id, ids)}`);
}
