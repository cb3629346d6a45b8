import { parentPort, workerData } from "node:worker_threads";
import { endTimedOut } from "../lib/explanation/run/time-limit.ts";
import { openStore } from "./adapters.ts";
import type { WatchdogData, WatchedJob } from "./job-limit.ts";

/**
 * A thread of a worker process. ONNX Runtime blocks the worker's own thread, for ever where a pass never ends; this one ends such a
 * job's explanation as TIMED_OUT, and the process with it. Whoever started it starts another one.
 */
const { config, worker, afterMs } = workerData as WatchdogData;
const store = await openStore(config, undefined);

/** How long the store has for the log: milliseconds. */
const WRITE_MS = 20_000;

let timer: NodeJS.Timeout | undefined;
parentPort!.on("message", (job: WatchedJob) => {
  clearTimeout(timer);
  if (job.id !== null) timer = setTimeout(() => void end(job.id!), afterMs);
});

async function end(id: string): Promise<void> {
  const limit = new Promise((resolve) => setTimeout(resolve, WRITE_MS));
  const write = endTimedOut(store, id, worker, config.VITCX_JOB_SECONDS).catch((error: unknown) => console.error(error));
  await Promise.race([write, limit]);
  process.kill(process.pid, "SIGKILL");
}
