import { closeSync, openSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { tryLock } from "fs-native-extensions";

const RETRY_MS = 1;

/**
 * Runs `section` while no other process runs one under the same lock file, which is made where it is missing.
 *
 * The lock is the operating system's, so it goes with its process, however that ends. The section is synchronous, so a lock
 * never outlives a turn of the event loop: a process that blocks its thread for seconds (inference does) cannot do so holding
 * one, and callers in the same process never meet. That is also why a busy lock is tried again rather than waited for.
 */
export async function withFileLock<T>(path: string, section: () => T): Promise<T> {
  for (;;) {
    const fd = openSync(path, "a");
    try {
      if (tryLock(fd)) return section();
    } finally {
      // Closing unlocks.
      closeSync(fd);
    }
    await setTimeout(RETRY_MS * (1 + Math.random()));
  }
}
