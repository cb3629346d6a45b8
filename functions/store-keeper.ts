import { statfs } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import type { Deps } from "../lib/explanation/deps.ts";
import { sweepStore } from "../lib/explanation/keep/sweep.ts";
import type { StorageUsage } from "../lib/explanation/keep/usage.ts";
import { storedFiles } from "../lib/storage/stored-files.ts";
import { storeFolder } from "./adapters.ts";
import type { Config } from "./config.ts";

const DAY_MS = 24 * 3_600_000;

/** Between two sweeps: at least so many milliseconds, and so many times what the last one took, so that a large folder is read seldom. */
const [PAUSE_MS, PAUSE_TIMES] = [60_000, 20];

/** A sweep rests as long as it has worked after so many milliseconds: requests that came meanwhile go first. */
const WORK_MS = 10;

export interface StoreKeeper {
  /** What the last sweep has found; null until there was one. */
  readonly usage: () => Promise<StorageUsage | null>;
  /** Sweeps again and again until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** Keeps a folder store within VITCX_KEEP_DAYS and VITCX_MAX_STORED_GB, and knows how much is in it. */
export function storeKeeper(config: Config, deps: Pick<Deps, "store" | "lastSends">, log: Logger): StoreKeeper {
  const root = storeFolder(config);
  const { VITCX_KEEP_DAYS: keepDays, VITCX_MAX_STORED_GB: maxGb } = config;
  const maxBytes = maxGb === undefined ? undefined : maxGb * 1e9;
  let last: { readonly usedBytes: number; readonly measuredAt: Date } | undefined;

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const begun = performance.now();
      try {
        const { usedBytes, deleted } = await sweepStore({
          ...deps,
          files: (folder) => storedFiles(root, folder),
          keepMs: keepDays === undefined ? undefined : keepDays * DAY_MS,
          maxBytes,
          pause: resting(),
          signal,
          onError: (error) => log.error(error, "the sweep of the store"),
        });
        if (signal.aborted) return;
        last = { usedBytes, measuredAt: new Date() };
        if (deleted > 0) log.info({ deleted, usedBytes }, "deleted what is kept no longer");
      } catch (error) {
        log.error(error, "the sweep of the store");
      }
      const ms = Math.max(PAUSE_MS, PAUSE_TIMES * (performance.now() - begun));
      await setTimeout(ms, undefined, { signal }).catch(() => undefined);
    }
  }

  async function usage(): Promise<StorageUsage | null> {
    if (last === undefined) return null;
    const { bavail, bsize } = await statfs(root);
    return { ...last, freeBytes: bavail * bsize, maxBytes: maxBytes ?? null, keepDays: keepDays ?? null };
  }

  return { usage, run };
}

/** What a sweep awaits after each step. */
function resting(): () => Promise<unknown> {
  let begun = performance.now();
  return async () => {
    const worked = performance.now() - begun;
    if (worked < WORK_MS) return;
    await setTimeout(worked);
    begun = performance.now();
  };
}
