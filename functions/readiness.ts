import { randomUUID } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { access, mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { CodedError } from "../lib/errors.ts";
import type { ObjectStore } from "../lib/storage/object-store.ts";
import { onDisk } from "../lib/filesystem/storage-error.ts";
import { storeFolder } from "./adapters.ts";
import { aliveWorkers, workersFolder } from "./alive.ts";
import type { Config } from "./config.ts";

/** One thing that has to be right; `reason` says in a sentence what is wrong. */
export interface Check {
  readonly ok: boolean;
  readonly code?: string;
  readonly reason?: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, Check>>;
}

/** As much as fits into no inode, so that a full disk is noticed. */
const PROBE = new Uint8Array(16_384);

/** Writes a file where the store writes, and removes it. Throws STORAGE_FULL, STORAGE_UNAVAILABLE and what else there is. */
export async function tryToWrite(root: string): Promise<void> {
  const folder = join(root, ".tmp");
  const file = join(folder, `probe-${randomUUID()}`);
  await onDisk(async () => {
    await makeFolder(folder);
    try {
      await writeFile(file, PROBE, { flush: true });
    } finally {
      await rm(file, { force: true });
    }
  });
}

/** Node says ENOENT of a folder that it cannot make where another one is missing on the way, too: this says why. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch(async (error: unknown) => {
    let there = resolve(folder);
    while (!existsSync(there)) there = dirname(there);
    await access(there, constants.W_OK);
    throw error;
  });
}

/**
 * Makes the folder of the data, where there is one, and sees whether it can be written. A full disk is no reason not to start: results
 * can be read and deleted, and jobs wait.
 *
 * @throws CodedError STORAGE_UNAVAILABLE with a sentence for whoever starts the service
 */
export async function openFolder(config: Config): Promise<void> {
  if (config.VITCX_BUCKET !== undefined && config.VITCX_QUEUE_URL !== undefined) return;
  await tryToWrite(storeFolder(config)).catch((error: unknown) => {
    if (error instanceof CodedError && error.code === "STORAGE_FULL") return;
    const { code } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    const message = `The folder ${config.VITCX_DATA} cannot be written (${code}): name another one in VITCX_DATA or --data, or let this user write there.`;
    throw new CodedError("STORAGE_UNAVAILABLE", message, { cause: error });
  });
}

/** How long an answer holds: whoever asks without end shall not write without end. Milliseconds. */
const HOLDS_MS = 1000;

/** Whether the service can do its work: store what it is sent, and have it computed. */
export function readiness(config: Config, store: ObjectStore): () => Promise<Readiness> {
  const isFolder = config.VITCX_BUCKET === undefined;
  const root = storeFolder(config);

  async function look(): Promise<Readiness> {
    const checks = {
      store: await check(async () => void (isFolder ? await tryToWrite(root) : await store.head("explanations/none"))),
      // Workers elsewhere, fed by SQS, show themselves to their own container's health check.
      ...(config.VITCX_QUEUE_URL === undefined && { worker: await check(() => findWorker(workersFolder(config))) }),
      ...(isFolder && { space: await check(() => findSpace(root, config.VITCX_MIN_FREE_MB)) }),
    };
    return { ready: Object.values(checks).every(({ ok }) => ok), checks };
  }

  let last: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;
  return () => {
    if (last === undefined || performance.now() - last.at > HOLDS_MS) last = { at: performance.now(), answer: look() };
    return last.answer;
  };
}

async function check(act: () => Promise<void>): Promise<Check> {
  try {
    await act();
    return { ok: true };
  } catch (error) {
    if (error instanceof CodedError) return { ok: false, code: error.code, reason: error.message };
    return { ok: false, code: "INTERNAL", reason: "It cannot be looked at." };
  }
}

async function findWorker(folder: string): Promise<void> {
  if ((await aliveWorkers(folder)).length > 0) return;
  throw new CodedError("WORKER_LOST", "No worker has shown a sign of life for two minutes; the log says why.");
}

async function findSpace(root: string, leastMb: number): Promise<void> {
  const { bavail, bsize } = await statfs(root);
  const free = (bavail * bsize) / 1e6;
  if (free >= leastMb) return;
  throw new CodedError("STORAGE_FULL", `The disk has ${free.toFixed(1)} MB left, less than ${leastMb} (VITCX_MIN_FREE_MB).`);
}
