import { createHash, randomUUID } from "node:crypto";
import { type BigIntStats, renameSync, statSync, unlinkSync, utimesSync } from "node:fs";
import { mkdir, open, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nullWhereAbsent, sweep, syncFolder } from "../filesystem/durable.ts";
import { onDisk } from "../filesystem/storage-error.ts";
import { withFileLock } from "./file-lock.ts";
import { keysBelow } from "./filesystem-list.ts";
import { checkKey, checkKeyPrefix, checkUploadKey } from "./object-key.ts";
import {
  type ObjectStore,
  type PutCondition,
  type StoredFacts,
  type StoredObject,
  UPLOAD_SECONDS,
  type UploadUrl,
  uploadHeaders,
} from "./object-store.ts";
import { type PathSigner, pathSigner } from "./signed-path.ts";

/** What was uploaded is removed after a day, when somebody uploads again. */
const UPLOAD_MAX_AGE_MS = 24 * 3_600_000;

/**
 * Objects as plain files at `root`/key, shared by any number of processes on one machine, any of which may be killed at any
 * moment. No key begins with a dot, so `.tmp` and `.locks` are free: a put writes its own file in `.tmp` and then, under the
 * lock that the key's hash picks, compares versions and renames it over the object. Throws CodedError STORAGE_FULL and
 * STORAGE_UNAVAILABLE where the disk is full or cannot be used.
 *
 * @param root made with the first put. Needs a local file system with times finer than a millisecond.
 * @param signer of the paths under /uploads/ that uploads go to; whoever serves those checks them with it
 */
export function filesystemStore(root: string, signer: PathSigner = pathSigner()): ObjectStore {
  let prepared: Promise<void> | undefined;

  function get(key: string, unlessEtag: string): Promise<StoredObject | null | "unchanged">;
  function get(key: string): Promise<StoredObject | null>;
  async function get(key: string, unlessEtag?: string): Promise<StoredObject | null | "unchanged"> {
    checkKey(key);
    const path = join(root, key);
    if (unlessEtag === undefined) return nullWhereAbsent(read(path));
    const version = await nullWhereAbsent(stat(path, { bigint: true }));
    if (version === null) return null;
    return etagOf(version) === unlessEtag ? "unchanged" : nullWhereAbsent(read(path));
  }

  async function head(key: string): Promise<StoredFacts | null> {
    checkKey(key);
    const version = await nullWhereAbsent(stat(join(root, key), { bigint: true }));
    return version?.isFile() ? { etag: etagOf(version), size: Number(version.size) } : null;
  }

  async function put(key: string, bytes: Uint8Array, condition: PutCondition = {}): Promise<string | null> {
    checkKey(key);
    await prepareOnce();
    const path = join(root, key);
    const temporary = join(root, ".tmp", randomUUID());
    let etag: string | null = null;
    try {
      await writeFile(temporary, bytes, { flag: "wx", flush: true });
      etag = await intoFolder(path, () => withFileLock(lockFile(root, key), () => replace(path, temporary, condition)));
    } finally {
      if (etag === null) await rm(temporary, { force: true });
    }
    if (etag !== null) await syncFolders(root, dirname(key));
    return etag;
  }

  async function remove(key: string, ifMatch?: string): Promise<boolean> {
    checkKey(key);
    await prepareOnce();
    const path = join(root, key);
    if (!(await withFileLock(lockFile(root, key), () => unlinkUnlessOther(path, ifMatch)))) return false;
    await nullWhereAbsent(syncFolder(dirname(path)));
    await removeEmptyFolders(root, dirname(key));
    return true;
  }

  async function list(prefix: string, after: string | undefined, limit: number): Promise<readonly string[]> {
    checkKeyPrefix(prefix);
    const keys: string[] = [];
    if (limit <= 0) return keys;
    for await (const key of keysBelow(root, prefix, after)) {
      if (keys.push(key) === limit) break;
    }
    return keys;
  }

  async function uploadUrl(key: string, bytes: number): Promise<UploadUrl> {
    checkUploadKey(key);
    await nullWhereAbsent(sweep(join(root, dirname(key)), UPLOAD_MAX_AGE_MS));
    const expires = Math.ceil(Date.now() / 1000) + UPLOAD_SECONDS;
    const url = signer.sign("PUT", `/${key}`, expires, { bytes: String(bytes) });
    return { url, headers: uploadHeaders, expiresAt: new Date(expires * 1000) };
  }

  function prepareOnce(): Promise<void> {
    prepared ??= prepare(root).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  }

  return {
    get: ((key: string, unlessEtag?: string) =>
      onDisk(() => (unlessEtag === undefined ? get(key) : get(key, unlessEtag)))) as ObjectStore["get"],
    head: (key) => onDisk(() => head(key)),
    put: (key, bytes, condition) => onDisk(() => put(key, bytes, condition)),
    remove: (key, ifMatch) => onDisk(() => remove(key, ifMatch)),
    list: (prefix, after, limit) => onDisk(() => list(prefix, after, limit)),
    uploadUrl: (key, bytes) => onDisk(() => uploadUrl(key, bytes)),
  };
}

/** How often a put meets a removal that has just taken its empty folder away, at most. */
const FOLDER_TRIES = 20;

/** Does what puts a file at `path`, whose folder is made first: again where it was removed in between. */
async function intoFolder<T>(path: string, act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      // It, too, fails where a folder on the way goes while it works.
      await mkdir(dirname(path), { recursive: true });
      return await act();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || tries === FOLDER_TRIES) throw error;
    }
  }
}

/** To be called under the key's lock. False where another version than `ifMatch` is there. */
function unlinkUnlessOther(path: string, ifMatch: string | undefined): boolean {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (!found?.isFile()) return true;
  if (ifMatch !== undefined && etagOf(found) !== ifMatch) return false;
  unlinkSync(path);
  return true;
}

/** Removes `folder` (relative to `root`) and those it is in, as far as they are empty. */
async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  for (let each = folder; each !== "."; each = dirname(each)) {
    try {
      await rmdir(join(root, each));
    } catch {
      // Something is in it, or somebody else was quicker: no more than an empty folder is left.
      return;
    }
  }
}

async function prepare(root: string): Promise<void> {
  await mkdir(join(root, ".locks"), { recursive: true });
  const temporary = join(root, ".tmp");
  await mkdir(temporary, { recursive: true });
  await sweep(temporary);
}

/** Version and bytes of one open file, which no put changes: they belong together. */
async function read(path: string): Promise<StoredObject | null> {
  const file = await open(path);
  try {
    const version = await file.stat({ bigint: true });
    return version.isFile() ? { bytes: await file.readFile(), etag: etagOf(version) } : null;
  } finally {
    await file.close();
  }
}

/** To be called under the key's lock. The new etag, or null where the condition does not hold. */
function replace(path: string, temporary: string, { ifMatch, ifAbsent }: PutCondition): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  const current = found?.isFile() ? found : undefined;
  if (ifAbsent && current !== undefined) return null;
  if (ifMatch !== undefined && (current === undefined || etagOf(current) !== ifMatch)) return null;
  // An inode number is free again after a put or two and a file system's clock may tick only every few milliseconds. So that
  // no etag ever comes back, a key's modification times strictly increase.
  if (current !== undefined && statSync(temporary, { bigint: true }).mtimeNs <= current.mtimeNs) {
    const later = Number(current.mtimeNs / 1_000_000n + 2n) / 1000;
    utimesSync(temporary, later, later);
  }
  const etag = etagOf(statSync(temporary, { bigint: true }));
  renameSync(temporary, path);
  return etag;
}

function etagOf({ ino, mtimeNs, size }: BigIntStats): string {
  return [ino, mtimeNs, size].map((part) => part.toString(36)).join("-");
}

function lockFile(root: string, key: string): string {
  return join(root, ".locks", createHash("sha256").update(key).digest("hex").slice(0, 1));
}

/** Makes the names in `folder` (relative to `root`) durable, and those of every folder on the way to it: each may be new. */
async function syncFolders(root: string, folder: string): Promise<void> {
  const segments = folder === "." ? [] : folder.split("/");
  const folders = [root, ...segments.map((_, i) => join(root, ...segments.slice(0, i + 1)))];
  // One that is gone was emptied by a removal since.
  await Promise.all(folders.map((path) => nullWhereAbsent(syncFolder(path))));
}
