import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { filesystemQueue } from "../../lib/queue/filesystem-queue.ts";
import { seededRandom, startProcess } from "../storage/killable-process.ts";

const LEASE_MS = 500;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "vitcx-killed-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("every job is done, and no delivery is two workers', while workers are killed", async () => {
  const random = seededRandom(20_230_819);
  const ids = Array.from({ length: 120 }, (_, i) => `job-${i}`);
  const queue = filesystemQueue(root, { leaseMs: LEASE_MS });
  for (const id of ids) await queue.send({ id }, "ann");

  const worked: string[] = [];
  const startWorker = () =>
    startProcess(new URL("work-process.ts", import.meta.url), [root, String(LEASE_MS)], (line) => worked.push(line));

  const survivor = startWorker();
  const killings = [0, 1, 2, 3].map(async () => {
    const worker = startWorker();
    await worker.printed(1 + Math.floor(8 * random()));
    // A job takes 15 ms: this is when, within one, the worker dies.
    await setTimeout(15 * random());
    await worker.kill();
  });
  await Promise.all(killings);
  await vi.waitFor(async () => expect(await readdir(join(root, "messages"))).toEqual([]), 10_000);
  await survivor.finish();

  const deliveries = worked.map((line) => line.split(" "));
  expect(new Set(deliveries.map(([id]) => id))).toEqual(new Set(ids));
  expect(new Set(worked).size).toBe(worked.length);
  expect(deliveries.filter(([, count]) => Number(count) > 1).length).toBeGreaterThan(0);
});
