import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isKeySegment } from "./object-key.ts";

/**
 * The keys of the files below `root` that begin with `prefix` and come after `after`, in ascending order of their code units.
 * Reads a folder only when its first key is asked for, and none that cannot hold such a key.
 */
export function keysBelow(root: string, prefix: string, after: string | undefined): AsyncGenerator<string> {
  return keysInFolder(root, prefix.slice(0, prefix.lastIndexOf("/") + 1), prefix, after);
}

/** `folder` is "" or ends with a slash. */
async function* keysInFolder(root: string, folder: string, prefix: string, after: string | undefined): AsyncGenerator<string> {
  const paths: string[] = [];
  for (const entry of await entriesOf(join(root, folder))) {
    const path = pathOf(folder, entry);
    if (path !== null && path.startsWith(prefix) && reaches(path, after)) paths.push(path);
  }
  // A folder sorts by its name and the slash that follows it in its keys, so "a.b" comes before "a/b".
  paths.sort();
  for (const path of paths) {
    if (path.endsWith("/")) yield* keysInFolder(root, path, prefix, after);
    else yield path;
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}

/** The entry's key, or its folder ending with a slash; null for what no put has made. */
function pathOf(folder: string, entry: Dirent): string | null {
  if (!isKeySegment(entry.name)) return null;
  if (entry.isDirectory()) return `${folder}${entry.name}/`;
  return entry.isFile() ? folder + entry.name : null;
}

/** Whether the key, or a key in the folder, can come after `after`. */
function reaches(path: string, after: string | undefined): boolean {
  return after === undefined || path > after || (path.endsWith("/") && after.startsWith(path));
}
