import { fork } from "node:child_process";
import { once } from "node:events";
import { setPriority } from "node:os";
import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Beside this file: TypeScript in a checkout, JavaScript in the package. */
const entry = fileURLToPath(new URL(`./worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url));

/** How long after a worker's end another is started, so that one that cannot start does not keep the machine busy. */
const PAUSE_MS = 500;

/**
 * glibc gives threads heaps of their own, eight for each core, and gives little of them back: with two a worker takes a fifth less memory
 * (`npm run bench:soak`). Other systems do not know the variable.
 */
const FEW_ARENAS = { MALLOC_ARENA_MAX: "2" };

/**
 * Keeps a worker process running beside this one: `onDeath` hears of one that ended, and another takes its place. Resolves when
 * `stop` has aborted and the worker, which is then told to end, is gone; one that does not end within `graceMs` is killed.
 */
export async function keepWorker(
  stop: AbortSignal,
  graceMs: number,
  onDeath: (code: number | null, signal: string | null) => void,
): Promise<void> {
  while (!stop.aborted) {
    const worker = fork(entry, { stdio: ["ignore", "inherit", "inherit", "ipc"], env: { ...FEW_ARENAS, ...process.env } });
    // Whoever answers requests on this machine goes first. Set before the worker has threads, for each inherits it.
    if (worker.pid !== undefined) setPriority(worker.pid, 10);
    let deadline: NodeJS.Timeout | undefined;
    const end = () => {
      worker.kill("SIGTERM");
      deadline = setTimeout(() => worker.kill("SIGKILL"), graceMs);
    };
    stop.addEventListener("abort", end, { once: true });
    const [code, signal] = (await once(worker, "exit")) as [number | null, string | null];
    stop.removeEventListener("abort", end);
    clearTimeout(deadline);
    if (stop.aborted) return;
    onDeath(code, signal);
    // Rejects only when the signal aborts, which the loop's condition sees.
    await sleep(PAUSE_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}
