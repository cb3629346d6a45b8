import { readFile, stat } from "node:fs/promises";
import { basename, extname, isAbsolute, join, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { glob } from "tinyglobby";
import { CodedError } from "../../lib/errors.ts";
import { imagesIn } from "../../lib/evaluation/dataset/images.ts";
import { ENDINGS } from "../../lib/evaluation/dataset/labels.ts";

/** An image to explain. */
export interface Source {
  /** Its path, or - for standard input. */
  readonly path: string;
  /** What its results are called: its path in the folder that was named, or its own name, without the ending; with a number after it where another has it. */
  readonly name: string;
  read(): Promise<Uint8Array>;
}

/**
 * The images that arguments name, each once: files, globs, folders with their subfolders, - for standard input. A file that is not there
 * is a source whose `read` rejects.
 *
 * @throws CodedError IMAGE_MISSING for a folder or a glob without images, BAD_USER_INPUT for a second -
 */
export async function findSources(args: readonly string[]): Promise<readonly Source[]> {
  if (args.filter((arg) => arg === "-").length > 1) throw new CodedError("BAD_USER_INPUT", "Expected - once, got it twice.");
  const found = (await Promise.all(args.map(filesOf))).flat();
  const files = new Map(found.map((file) => [resolve(file.path), file]));
  const names = new Set<string>();
  const unused = (path: string) => {
    const stem = path.slice(0, path.length - extname(path).length);
    let name = stem;
    for (let n = 2; names.has(name); n++) name = `${stem}-${n}`;
    names.add(name);
    return name;
  };
  return [...files.values()].map(({ path, within }) => ({
    path,
    name: unused(path === "-" ? "stdin" : within),
    read: () => (path === "-" ? buffer(process.stdin) : readFile(path)),
  }));
}

/** The files that one argument names, and the name of each within the folder that was named. */
async function filesOf(arg: string): Promise<readonly { readonly path: string; readonly within: string }[]> {
  const file = { path: arg, within: basename(arg) };
  if (arg === "-") return [file];
  const info = await stat(arg).catch(() => null);
  if (info?.isDirectory()) {
    const images = await imagesIn(arg);
    if (images.length > 0) return images.map((within) => ({ path: join(arg, within), within }));
    const endings = [...ENDINGS].join(", ");
    throw new CodedError("IMAGE_MISSING", `There is no image in ${arg}; expected files that end in ${endings}.`);
  }
  if (info || !/[*?[\]{}]/.test(arg)) return [file];
  const paths = await glob(arg, { absolute: isAbsolute(arg), expandDirectories: false });
  if (paths.length === 0) throw new CodedError("IMAGE_MISSING", `No file matches ${arg}.`);
  return paths.toSorted().map((path) => ({ path, within: basename(path) }));
}
