import type { ObjectStore, StoredFile } from "../../storage/object-store.ts";
import { deleteAnyones, takeOverDeletion } from "../delete/delete.ts";
import type { Deps } from "../deps.ts";
import { keys, parseHistoryEntry } from "../keys.ts";
import { readLogOrTombstone, unlessUnreadable } from "../log/log.ts";
import { byExplanation } from "./stored-file.ts";

export interface SweepTask extends Pick<Deps, "store" | "lastSends"> {
  /** All files of the store under a folder, those of one subfolder together. */
  readonly files: (folder: string) => AsyncIterable<StoredFile>;
  /** Explanations are deleted in which nothing has happened for so many milliseconds. */
  readonly keepMs?: number | undefined;
  /** The oldest explanations are deleted until everything takes no more bytes than these. */
  readonly maxBytes?: number | undefined;
  /** Called after each explanation and file that is looked at: resolves when the sweep may go on. */
  readonly pause: () => Promise<unknown>;
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
}

export interface Swept {
  /** What is stored after it: bytes on the disk. */
  readonly usedBytes: number;
  /** How many explanations were deleted. */
  readonly deleted: number;
}

const HOUR_MS = 3_600_000;

/** So long uploads are kept, and what belongs to nothing in case it is about to. */
const DAY_MS = 24 * HOUR_MS;

/** A deletion that was begun so long ago was cut short. */
const CUT_SHORT_MS = 600_000;

/** Bytes of a file that may be a tombstone; of a log only a beginning is as short. */
const SHORT = 4096;

/** How long an explanation's log has not changed, and what all of its files take. */
interface Candidate {
  readonly id: string;
  readonly bytes: number;
  readonly changed: number;
}

/**
 * One look at all that is stored: says how much it is, removes what was uploaded a day ago, finishes deletions that were cut short, and
 * where there are limits deletes the explanations that are over them, the oldest first, and what belongs to none. Never deletes what is
 * queued or running, whatever the limits. Any number of processes may do so at once: each deletion is safe against others.
 */
export async function sweepStore(task: SweepTask): Promise<Swept> {
  const { store, files, keepMs, maxBytes, pause, signal, onError } = task;
  const isLimited = keepMs !== undefined || maxBytes !== undefined;
  const begun = Date.now();
  const isOld = (changed: number) => changed < begun - DAY_MS;
  let usedBytes = 0;
  const explanations: Candidate[] = [];
  const ids = new Set<string>();
  for await (const { id, own } of byExplanation(files("explanations"))) {
    const { log, bytes, newest } = folderOf(id, own);
    usedBytes += bytes;
    if (log !== undefined) {
      ids.add(id);
      if (log.bytes <= SHORT && log.changed < begun - CUT_SHORT_MS) await finishDeletion(task, id).catch(onError);
      explanations.push({ id, bytes, changed: log.changed });
    } else if (isLimited && isOld(newest)) usedBytes -= await removeOld(store, own, isOld).catch(noted(onError));
    await pause();
    if (signal.aborted) return { usedBytes, deleted: 0 };
  }
  for await (const upload of files("uploads")) {
    usedBytes += upload.bytes;
    if (isOld(upload.changed)) usedBytes -= await removeOld(store, [upload], isOld).catch(noted(onError));
    await pause();
  }
  for await (const entry of isLimited ? files("history") : []) {
    if (isOld(entry.changed) && !ids.has(parseHistoryEntry(entry.key).id)) await removeOld(store, [entry], isOld).catch(onError);
    await pause();
  }

  let deleted = 0;
  for (const { id, bytes, changed } of explanations.toSorted((a, b) => a.changed - b.changed)) {
    const isExpired = keepMs !== undefined && changed < Date.now() - keepMs;
    const isTooMuch = maxBytes !== undefined && usedBytes > maxBytes;
    if (signal.aborted || (!isExpired && !isTooMuch)) break;
    // One that another process has deleted since takes no place either.
    const outcome = await deleteAnyones(task, id).catch((error: unknown) => (onError(error), "failed" as const));
    if (outcome === "deleted" || outcome === "gone") usedBytes -= bytes;
    if (outcome === "deleted") deleted++;
    await pause();
  }
  return { usedBytes: Math.max(0, usedBytes), deleted };
}

interface Folder {
  readonly log: StoredFile | undefined;
  readonly bytes: number;
  readonly newest: number;
}

function folderOf(id: string, files: readonly StoredFile[]): Folder {
  const log = files.find(({ key }) => key === keys.log(id));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { log, bytes, newest: Math.max(...files.map(({ changed }) => changed)) };
}

async function finishDeletion(task: SweepTask, id: string): Promise<void> {
  const found = await readLogOrTombstone(task.store, id).catch(unlessUnreadable);
  // What cannot be read is another matter.
  if (found !== null && "created" in found) await takeOverDeletion(task, found);
}

/** Removes files, but for one that somebody has put since: the bytes that are free then. */
async function removeOld(store: ObjectStore, files: readonly StoredFile[], isOld: (changed: number) => boolean): Promise<number> {
  let freed = 0;
  for (const { key, bytes, changed } of files) {
    const found = await store.head(key);
    if (isOld(changed) && found !== null && (await store.remove(key, found.etag))) freed += bytes;
  }
  return freed;
}

function noted(onError: (error: unknown) => void): (error: unknown) => 0 {
  return (error) => {
    onError(error);
    return 0;
  };
}
