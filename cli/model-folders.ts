import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The models that come with vitcx. */
const own = fileURLToPath(new URL("../models", import.meta.url));

/** Where models are added unless the user says otherwise. */
const USUAL = "models";

/**
 * The folders that models are read from: those of `--models` or VITCX_MODELS, separated as in PATH; else ./models where there is one,
 * and those of vitcx itself that are not there as well.
 */
export function modelFolders(given = process.env["VITCX_MODELS"]): readonly string[] {
  const named = namedFolders(given);
  if (named.length > 0) return named;
  if (!existsSync(USUAL)) return [own];
  return readdirSync(own).every((model) => existsSync(join(USUAL, model))) ? [USUAL] : [USUAL, own];
}

/** The folder that a model is added to: the first that is named, else ./models, which need not be there yet. */
export function folderToAddTo(given = process.env["VITCX_MODELS"]): string {
  return namedFolders(given)[0] ?? USUAL;
}

function namedFolders(given: string | undefined): readonly string[] {
  return (given ?? "").split(delimiter).filter((folder) => folder !== "");
}
