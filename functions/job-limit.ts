import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Config } from "./config.ts";

/** What the watchdog's thread is started with. */
export interface WatchdogData {
  readonly config: Config;
  /** The worker's name in the log. */
  readonly worker: string;
  /** After how many milliseconds of one job this process is killed. */
  readonly afterMs: number;
}

/** The job that has begun; null after its end. */
export interface WatchedJob {
  readonly id: string | null;
}

/** How much longer than its time a job has for the batch in hand, at most: milliseconds. */
const GRACE_MS = 30_000;

/** Beside this file: TypeScript in a checkout, JavaScript in the package and the images. */
const entry = new URL(`./job-watchdog${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

/** Has this process end with a job that does not end in its time, whatever blocks it. */
export function watchJobs(config: Config, worker: string): { begin(id: string): void; end(): void } {
  const limitMs = config.VITCX_JOB_SECONDS * 1000;
  const workerData: WatchdogData = { config, worker, afterMs: limitMs + Math.min(GRACE_MS, limitMs) };
  const thread = entry.pathname.endsWith(".ts") ? typeScriptWorker(workerData) : new Worker(entry, { workerData });
  thread.unref();
  // The process ends, and another is started: without it nothing would end a pass that never ends.
  thread.on("error", (error) => {
    throw error;
  });
  const tell = (job: WatchedJob) => thread.postMessage(job);
  return { begin: (id) => tell({ id }), end: () => tell({ id: null }) };
}

/** In a checkout: a thread does not have the loader of TypeScript that its process has. */
function typeScriptWorker(workerData: WatchdogData): Worker {
  const tsx = import.meta.resolve("tsx/esm/api");
  const code = `import(${JSON.stringify(tsx)}).then(({ register }) => (register(), import(${JSON.stringify(entry.href)})))`;
  return new Worker(code, { eval: true, workerData, execArgv: [] });
}
