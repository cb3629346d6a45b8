import { open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** A write takes seconds at most, so an older temporary file belongs to a process that is gone. */
const TEMPORARY_MAX_AGE_MS = 3_600_000;

/** Makes the names in a folder durable: a rename is not, until the folder is synced. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Removes what nobody has written to for so many milliseconds; by default, what killed processes have left. Of all names, or those that begin so. */
export async function sweep(folder: string, maxAgeMs = TEMPORARY_MAX_AGE_MS, prefix = ""): Promise<void> {
  const oldest = Date.now() - maxAgeMs;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(folder, name);
    const file = await nullWhereAbsent(stat(path));
    if (file !== null && file.mtimeMs < oldest) await rm(path, { recursive: true, force: true });
  }
}

/** Null where there is no such file, also where a file stands in place of one of its folders. */
export async function nullWhereAbsent<T>(act: Promise<T>): Promise<T | null> {
  try {
    return await act;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}
