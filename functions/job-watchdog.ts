import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { pino } from "pino";
import { endOverdue } from "../lib/explanation/run/time-limit.ts";
import { openStore } from "./adapters.ts";
import type { Config } from "./config.ts";
import { GRACE_MS, type WatchedJob } from "./job-limit.ts";

/**
 * A thread of a worker process. ONNX Runtime blocks the worker's own thread, for ever where a pass never ends; this one ends such a
 * job's explanation, and the process with it. Whoever started it starts another one.
 */
const store = await openStore(workerData as Config, undefined);

/** How long the store has for the log: milliseconds. */
const WRITE_MS = 20_000;

let timer: NodeJS.Timeout | undefined;
parentPort!.on("message", (job: WatchedJob | null) => {
  clearTimeout(timer);
  if (job !== null) timer = setTimeout(() => void end(job), job.limitMs + Math.min(GRACE_MS, Math.max(1000, job.limitMs)));
});

async function end({ id, worker, end: { code, message } }: WatchedJob): Promise<void> {
  say({ explanation: id, code, msg: `the job did not end, so this process does: ${message}` });
  const limit = new Promise((resolve) => setTimeout(resolve, WRITE_MS));
  const write = endOverdue(store, id, worker, { code, message }).catch((error: unknown) =>
    say({ explanation: id, msg: String(error) }),
  );
  await Promise.race([write, limit]);
  process.kill(process.pid, "SIGKILL");
}

/** A thread's console and streams are its parent's, which is blocked. */
function say(line: object): void {
  writeSync(2, `${JSON.stringify({ level: pino.levels.values["error"], time: Date.now(), name: "worker", ...line })}\n`);
}
