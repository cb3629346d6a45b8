import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "../errors.ts";
import { manifestFromHuggingFace } from "./hugging-face.ts";
import { readJson } from "./json-file.ts";
import { manifestSchema } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";
import { didYouMean } from "./suggest.ts";
import { unusable } from "./unusable.ts";

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
  /** The model of requests that name none: emoji-vit if it is there, else the first. */
  readonly default: InstalledModel;
  /** @throws CodedError MODEL_UNKNOWN */
  get(id: string): InstalledModel;
}

const DEFAULT_MODEL = "emoji-vit";

/**
 * Reads the models in the given folders, one subfolder a model, with a manifest.json or in Hugging Face's layout; other
 * subfolders are passed over. Weights without a manifest are hashed, so read the catalog once a process.
 *
 * @throws CodedError MODEL_UNUSABLE where a manifest cannot be used, two models have one id, or there is no model at all
 */
export async function readCatalog(folders: readonly string[]): Promise<Catalog> {
  const models: InstalledModel[] = [];
  for (const folder of folders) models.push(...(await readModels(folder)));
  const byId = new Map(models.map((model) => [model.manifest.id, model]));
  for (const model of models) {
    const other = byId.get(model.manifest.id)!;
    if (other !== model) throw unusable(`The folders ${model.folder} and ${other.folder} hold models of one name; rename one.`);
  }
  const [first] = models;
  if (!first) throw unusable(`Found no model in ${folders.map((folder) => `"${folder}"`).join(", ")}.`);
  return { models, default: byId.get(DEFAULT_MODEL) ?? first, get: (id) => byId.get(id) ?? unknown(id, [...byId.keys()]) };
}

async function readModels(folder: string): Promise<InstalledModel[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw unusable(`The models folder "${folder}" cannot be read.`, cause);
  });
  const models = await Promise.all(names.toSorted().map((name) => readModel(join(folder, name), name)));
  return models.filter((model) => model !== undefined);
}

async function readModel(folder: string, name: string): Promise<InstalledModel | undefined> {
  const file = join(folder, "manifest.json");
  const written = await readJson(file, manifestSchema);
  if (written && written.id !== name) {
    throw unusable(`The file ${file} cannot be used: expected the id "${name}", as its folder is named, got "${written.id}".`);
  }
  const manifest = written ?? (await manifestFromHuggingFace(folder));
  return manifest && { manifest, folder, digest: digestOf(manifest) };
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

function unknown(id: string, ids: readonly string[]): never {
  const known = ids.map((each) => `"${each}"`).join(", ");
  throw new CodedError("MODEL_UNKNOWN", `There is no model "${id}"; there is ${known}.${didYouMean(id, ids)}`);
}
