import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { unusable } from "../unusable.ts";

/** Where a model lies that is not in the catalog yet. */
export interface ModelSource {
  /** The ONNX file. */
  readonly file: string;
  /** The folder of its config.json and preprocessor_config.json, if it has them. */
  readonly folder: string;
  /** A name for it, from its folder's or its file's. */
  readonly name: string;
}

/** Exporters call the file so, or put it into a folder of this name; then the folder around it is named for the model. */
const USUAL_FILE = "model";
const USUAL_FOLDER = "onnx";

/**
 * Finds the ONNX file of a folder (onnx/model.onnx, model.onnx, or the only one there), or takes the file itself.
 *
 * @param wanted the file's path within the folder, where the caller knows it
 * @throws CodedError MODEL_UNUSABLE where there is no such file, or more than one
 */
export async function findModel(path: string, wanted?: string): Promise<ModelSource> {
  const info = await stat(path).catch((cause: unknown) => {
    throw unusable(`There is no file or folder "${path}".`, cause);
  });
  if (!info.isDirectory()) return sourceOf(path);
  const ofFolder = (file: string) => ({ file, folder: path, name: basename(resolve(path)) });
  if (wanted !== undefined) return ofFolder(join(path, wanted));
  const found = [...(await onnxFiles(join(path, USUAL_FOLDER))), ...(await onnxFiles(path))];
  const usual = found.find((file) => basename(file) === `${USUAL_FILE}.onnx`) ?? (found.length === 1 ? found[0] : undefined);
  if (usual !== undefined) return ofFolder(usual);
  const names = found.map((file) => file.slice(join(path, "/").length)).join(", ");
  throw unusable(
    found.length === 0
      ? `The folder "${path}" holds no ONNX file.`
      : `The folder "${path}" holds several ONNX files; say which with --file: ${names}.`,
  );
}

function sourceOf(file: string): ModelSource {
  const parent = dirname(resolve(file));
  const folder = basename(parent) === USUAL_FOLDER ? dirname(parent) : parent;
  const stem = basename(file).replace(/\.[^.]*$/, "");
  return { file, folder, name: stem === USUAL_FILE ? basename(folder) : stem };
}

async function onnxFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(".onnx")).map((name) => join(folder, name));
}
