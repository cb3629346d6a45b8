import { Worker } from "node:worker_threads";
import { readConfig } from "../functions/config.ts";

/** How often this process shows that its thread is free: milliseconds. */
const BEAT_MS = 500;

/** How long a process that was stopped as a whole (Ctrl-Z) has after that to show itself: milliseconds. */
const GRACE_MS = 5000;

/**
 * Ends this process where its thread is blocked for VITCX_JOB_SECONDS: a pass of a model that never ends blocks it for good, and no
 * signal that a command handles (Ctrl-C) reaches it then.
 */
export function endIfStuck(): void {
  const { VITCX_JOB_SECONDS: seconds } = readConfig();
  const beat = new Int32Array(new SharedArrayBuffer(4));
  setInterval(() => {
    Atomics.add(beat, 0, 1);
    Atomics.notify(beat, 0);
  }, BEAT_MS).unref();
  const sentence = `A pass of the model did not end within ${seconds} s (VITCX_JOB_SECONDS), so this command ends without it.`;
  // JavaScript as a text: a thread has no loader of TypeScript.
  const thread = new Worker(watch, { eval: true, workerData: { beat, ms: seconds * 1000, graceMs: GRACE_MS, sentence } });
  thread.unref();
}

const watch = `
  const { writeSync } = require("node:fs");
  const { workerData: { beat, ms, graceMs, sentence } } = require("node:worker_threads");
  const isSilentFor = (ms) => Atomics.wait(beat, 0, Atomics.load(beat, 0), ms) === "timed-out";
  while (!isSilentFor(ms) || !isSilentFor(graceMs));
  writeSync(2, sentence + "\\n"); // a thread's console is its parent's, which is blocked
  process.kill(process.pid, "SIGKILL");
`;
