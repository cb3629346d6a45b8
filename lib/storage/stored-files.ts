import type { Dir } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import { join } from "node:path";
import { nullWhereAbsent } from "../filesystem/durable.ts";
import type { StoredFile } from "./object-store.ts";

/** Bytes of the blocks that a file's `blocks` counts, whatever the file system's are. */
const BLOCK = 512;

/**
 * All files under `folder` of the folder store at `root`, those of one subfolder together, in no order. Reads a few names at a time, so
 * that a folder of a million takes neither memory nor the event loop's time.
 */
export async function* storedFiles(root: string, folder: string): AsyncGenerator<StoredFile> {
  const entries = await nullWhereAbsent(opendir(join(root, folder)));
  for await (const entry of entries ?? ([] as unknown as Dir)) {
    const key = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* storedFiles(root, key);
    else if (entry.isFile()) {
      const file = await nullWhereAbsent(stat(join(root, key)));
      if (file !== null) yield { key, bytes: file.blocks * BLOCK, changed: file.mtimeMs };
    }
  }
}
