import { type ObjectStore, pagesOf } from "../../storage/object-store.ts";
import { keys, parseHistoryEntry } from "../keys.ts";
import { fold } from "../log/fold.ts";
import { readLog } from "../log/log.ts";
import { sha256 } from "../request/request.ts";
import type { Tombstone } from "../log/tombstone.ts";

const PAGE = 100;

/**
 * Removes what the owner uploaded of an image, unless another explanation of theirs is of it, too: then it may be wanted again. Uploads
 * are few, for they are kept for a day.
 */
export async function removeUploads(
  store: ObjectStore,
  owner: string,
  image: NonNullable<Tombstone["image"]>,
  exceptId: string,
): Promise<void> {
  const uploads: string[] = [];
  for await (const key of all(store, keys.upload(owner, ""))) {
    if ((await store.head(key))?.size !== image.bytes) continue;
    const stored = await store.get(key);
    if (stored && sha256(stored.bytes) === image.sha256) uploads.push(key);
  }
  if (uploads.length === 0 || (await isUsed(store, owner, image.sha256, exceptId))) return;
  await Promise.all(uploads.map((key) => store.remove(key)));
}

async function isUsed(store: ObjectStore, owner: string, hash: string, exceptId: string): Promise<boolean> {
  for await (const key of all(store, keys.history(owner))) {
    const { id } = parseHistoryEntry(key);
    if (id === exceptId) continue;
    // What cannot be read may use it.
    const log = await readLog(store, id).catch(() => "damaged" as const);
    if (log === "damaged" || (log && fold(log).request.image.sha256 === hash)) return true;
  }
  return false;
}

async function* all(store: ObjectStore, prefix: string): AsyncGenerator<string> {
  for await (const page of pagesOf(store, prefix, PAGE)) yield* page;
}
