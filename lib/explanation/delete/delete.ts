import { CodedError } from "../../errors.ts";
import { type ObjectStore, pagesOf } from "../../storage/object-store.ts";
import type { Deps } from "../deps.ts";
import { keys, parseHistoryEntry } from "../keys.ts";
import { release } from "../request/ledger.ts";
import { isFinished } from "../log/events.ts";
import { fold } from "../log/fold.ts";
import { type Log, readLogOrTombstone, unlessDamaged } from "../log/log.ts";
import { unknownExplanation } from "../log/read.ts";
import { type Tombstone, writeTombstone } from "../log/tombstone.ts";
import { removeUploads } from "./uploads.ts";

/**
 * Deletes an explanation with all of its files, its entry in the history, and what was uploaded for it. A tombstone takes the place of
 * the log first, from when on nobody finds it; a deletion that is cut short after that is finished by deleting again, and by asking for
 * the same explanation again.
 *
 * @throws CodedError EXPLANATION_UNKNOWN; EXPLANATION_UNFINISHED for one that is queued or running; LOG_TOO_NEW
 */
export async function deleteExplanation(deps: Deps, owner: string, id: string): Promise<void> {
  if (!/^[0-9a-z]{1,64}$/.test(id)) throw unknownExplanation(id);
  for (;;) {
    const tombstone = await bury(deps.store, owner, id);
    if (tombstone !== null) return finishDeletion(deps, tombstone);
  }
}

/** The same for whoever's it is, as long as it is not worked on. */
export async function deleteAnyones(
  deps: Pick<Deps, "store" | "lastSends">,
  id: string,
): Promise<"deleted" | "gone" | "unfinished"> {
  for (;;) {
    const tombstone = await bury(deps.store, null, id).catch(codeOf);
    if (tombstone === "EXPLANATION_UNKNOWN") return "gone";
    if (tombstone === "EXPLANATION_UNFINISHED") return "unfinished";
    if (tombstone === null) continue;
    await finishDeletion(deps, tombstone);
    return "deleted";
  }
}

function codeOf(error: unknown): "EXPLANATION_UNKNOWN" | "EXPLANATION_UNFINISHED" {
  if (!(error instanceof CodedError)) throw error;
  if (error.code === "EXPLANATION_UNKNOWN" || error.code === "EXPLANATION_UNFINISHED") return error.code;
  throw error;
}

/** Puts a tombstone in place of the log; null where somebody else wrote to it meanwhile. `owner` null: whosever it is. */
async function bury(store: ObjectStore, owner: string | null, id: string): Promise<Tombstone | null> {
  const found = await readLogOrTombstone(store, id).catch(unlessDamaged);
  if (found === null) throw unknownExplanation(id);
  const facts = found === "damaged" ? await factsOfDamaged(store, owner, id) : "created" in found ? found : factsOf(found);
  if (facts === null || (owner !== null && facts.owner !== owner)) throw unknownExplanation(id);
  if (found !== "damaged" && "events" in found && !isFinished(found)) throw unfinished(found);
  const tombstone = await replace(store, id, facts);
  if (tombstone !== null && found !== "damaged" && "events" in found) await release(store, found);
  return tombstone;
}

type Facts = Omit<Tombstone, "id">;

function factsOf(log: Log): Facts {
  const { createdAt, request } = fold(log);
  const { owner, image } = request;
  return { owner, created: createdAt, image: { sha256: image.sha256, bytes: image.bytes }, etag: log.etag };
}

/** What is known of an explanation whose log cannot be read, by the histories; null where it is not in its owner's. */
async function factsOfDamaged(store: ObjectStore, owner: string | null, id: string): Promise<Facts | null> {
  const stored = await store.get(keys.log(id));
  if (stored === null) return null;
  const prefix = owner === null ? keys.histories : keys.history(owner);
  for await (const page of pagesOf(store, prefix, 1000)) {
    const entry = page.map(parseHistoryEntry).find((each) => each.id === id);
    if (entry) return { owner: entry.owner, created: entry.created, etag: stored.etag };
  }
  return owner === null ? { owner: "nobody", created: new Date(0), etag: stored.etag } : null;
}

async function replace(store: ObjectStore, id: string, facts: Facts): Promise<Tombstone | null> {
  const put = () => store.put(keys.log(id), writeTombstone(facts), { ifMatch: facts.etag });
  const etag = await put().catch(async (error: unknown) => {
    if (!(error instanceof CodedError && error.code === "STORAGE_FULL")) throw error;
    await makeRoom(store, id);
    return put();
  });
  return etag === null ? null : { ...facts, id, etag };
}

/**
 * On a full disk there is no room for a tombstone either. The explanation has ended, so its results may go first: where nothing more
 * comes of it, it has lost its files, and asking for it again makes them anew.
 */
async function makeRoom(store: ObjectStore, id: string): Promise<void> {
  const files = await store.list(keys.file(id, ""), undefined, 1000);
  await Promise.all(files.filter((key) => key.endsWith(".npy") || key.endsWith(".png")).map((key) => store.remove(key)));
}

function unfinished(log: Log): CodedError {
  const state = fold(log).status.toLowerCase();
  const message = `The explanation is ${state}, and what is worked on cannot be deleted: cancel it first (\`cancelExplanation\`).`;
  return new CodedError("EXPLANATION_UNFINISHED", message);
}

/** Goes on with a deletion that somebody else has begun, and may have left. Does nothing where it has been finished since. */
export async function takeOverDeletion(deps: Pick<Deps, "store" | "lastSends">, found: Tombstone): Promise<void> {
  const tombstone = await replace(deps.store, found.id, found);
  if (tombstone !== null) await finishDeletion(deps, tombstone);
}

/** How many files are removed before it is looked whether somebody else has taken over. */
const AT_A_TIME = 16;

/**
 * Removes everything under a tombstone, and the tombstone last. Stops where another has taken its place: whoever put it there removes
 * the rest, and may by then have begun the explanation anew.
 */
async function finishDeletion({ store, lastSends }: Pick<Deps, "store" | "lastSends">, tombstone: Tombstone): Promise<void> {
  const { id, owner, created, image, etag } = tombstone;
  lastSends.delete(id);
  const log = keys.log(id);
  const isOurs = async () => (await store.get(log, etag)) === "unchanged";
  for await (const page of pagesOf(store, keys.file(id, ""), AT_A_TIME)) {
    if (!(await isOurs())) return;
    await Promise.all(page.filter((key) => key !== log).map((key) => store.remove(key)));
  }
  if (!(await isOurs())) return;
  if (image) await removeUploads(store, owner, image, id);
  await store.remove(keys.historyEntry(owner, created, id));
  await store.remove(log, etag);
}
