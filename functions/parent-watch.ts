import { Worker } from "node:worker_threads";

/** Runs in a thread of its own: whatever blocks this process cannot keep it from ending. */
const watchdog = `
const { parent, graceMs } = require("node:worker_threads").workerData;
setInterval(() => {
  if (process.ppid === parent) return;
  setTimeout(() => process.kill(process.pid, "SIGKILL"), graceMs);
}, 500);`;

/**
 * Has this process end when the process that started it (with an IPC channel) is gone, also where it went before anybody could
 * listen: calls `onGone` once, and kills this process where it is still there after `graceMs` milliseconds. Does nothing for a
 * process that was started without a channel.
 */
export function watchParent(onGone: () => void, graceMs: number): void {
  if (process.send === undefined) return;
  const workerData = { parent: process.ppid, graceMs };
  new Worker(watchdog, { eval: true, workerData, resourceLimits: { maxOldGenerationSizeMb: 8 }, execArgv: [] }).unref();
  process.once("disconnect", onGone);
  if (!process.connected) onGone();
}
