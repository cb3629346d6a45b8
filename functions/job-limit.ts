import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { ErrorCode } from "../lib/errors.ts";
import type { Config } from "./config.ts";

/** A job that has begun. */
export interface WatchedJob {
  readonly id: string;
  /** The worker's name in the log. */
  readonly worker: string;
  /** How long the job may take: milliseconds, above 0. */
  readonly limitMs: number;
  /** How the explanation ends where the job takes longer. */
  readonly end: { readonly code: ErrorCode; readonly message: string };
}

/** How much longer than its time a job has for the batch in hand, at most: milliseconds. */
export const GRACE_MS = 30_000;

/** Beside this file: TypeScript in a checkout, JavaScript in the package and the images. */
const entry = new URL(`./job-watchdog${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

/** Has this process end with a job that does not end in its time, whatever blocks it. */
export function watchJobs(config: Config): { begin(job: WatchedJob): void; end(): void } {
  const thread = entry.pathname.endsWith(".ts")
    ? typeScriptWorker(config)
    : new Worker(entry, { workerData: config, execArgv: [] });
  thread.unref();
  // The process ends, and another is started: without it nothing would end a pass that never ends.
  thread.on("error", (error) => {
    throw error;
  });
  return { begin: (job) => thread.postMessage(job), end: () => thread.postMessage(null) };
}

/** In a checkout: a thread does not have the loader of TypeScript that its process has. */
function typeScriptWorker(workerData: Config): Worker {
  const tsx = import.meta.resolve("tsx/esm/api");
  const code = `import(${JSON.stringify(tsx)}).then(({ register }) => (register(), import(${JSON.stringify(entry.href)})))`;
  return new Worker(code, { eval: true, workerData, execArgv: [] });
}
