import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { readModels } from "./catalog.ts";
import { unusable } from "../unusable.ts";

/**
 * Removes a model's folder, also one that cannot be used; it is gone from the catalog at once or not at all.
 *
 * @returns the folder
 * @throws CodedError MODEL_UNUSABLE where there is no such model
 */
export async function removeModel(folders: readonly string[], id: string): Promise<string> {
  const { models, problems } = await readModels(folders);
  const found = [...models, ...problems].find(({ folder }) => basename(folder) === id);
  if (!found) throw unusable(`There is no model "${id}" in ${folders.map((folder) => `"${folder}"`).join(", ")}.`);
  const away = join(dirname(found.folder), `.removing-${id}`);
  await rename(found.folder, away);
  await rm(away, { recursive: true });
  return found.folder;
}
