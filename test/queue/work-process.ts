// Works on a queue's jobs and prints each one's id and delivery count before it is done.
// Arguments: the queue's folder, its lease in milliseconds. Finishes when standard input ends.
import { writeSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { filesystemQueue } from "../../lib/queue/filesystem-queue.ts";

const WORK_MS = 15;

const [root = "", leaseMs = ""] = process.argv.slice(2);
const queue = filesystemQueue(root, { leaseMs: Number(leaseMs), pollMs: 10 });
const finishing = new AbortController();
process.stdin.on("end", () => finishing.abort()).resume();

while (!finishing.signal.aborted) {
  const delivery = await queue.receive(finishing.signal);
  if (delivery === null) continue;
  await setTimeout(WORK_MS);
  writeSync(1, `${delivery.job.id} ${delivery.count}\n`);
  await delivery.done();
}
