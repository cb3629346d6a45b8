import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { filesystemQueue } from "../../lib/queue/filesystem-queue.ts";
import type { JobQueue } from "../../lib/queue/job-queue.ts";
import { wakingQueue } from "../../lib/queue/waking-queue.ts";

let inner: JobQueue;
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "vitcx-waking-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  inner = filesystemQueue(folder, { leaseMs: 60_000, pollMs: 5 });
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
});

const never = (error?: unknown): never => expect.fail(`Expected not to be called, was with ${String(error)}`);

const received = async () => (await inner.receive(AbortSignal.timeout(10_000)))?.job;

test("wakes once the job can be received, and is the same queue otherwise", async () => {
  let found: unknown;
  const queue = wakingQueue(inner, { wake: async () => (found = await received()), onError: never });
  await queue.send({ id: "a" }, "ann");
  expect(found).toEqual({ id: "a" });
  await queue.send({ id: "b" }, "ann");
  expect((await queue.receive(AbortSignal.timeout(10_000)))?.job).toEqual({ id: "b" });
  expect(queue.leaseMs).toBe(60_000);
});

test("wakes at most every 30 seconds, however much is sent", async () => {
  const wake = vi.fn(async () => true);
  const queue = wakingQueue(inner, { wake, onError: never });
  await Promise.all(["a", "b", "c"].map((id) => queue.send({ id }, "ann")));
  expect(wake).toHaveBeenCalledTimes(1);
  vi.setSystemTime(Date.now() + 29_999);
  await queue.send({ id: "d" }, "ann");
  expect(wake).toHaveBeenCalledTimes(1);
  vi.setSystemTime(Date.now() + 1);
  await queue.send({ id: "e" }, "ann");
  expect(wake).toHaveBeenCalledTimes(2);
});

test("sends all the same where nobody can be woken, and tells why", async () => {
  const errors: unknown[] = [];
  const refusal = new Error("no permission");
  const queue = wakingQueue(inner, { wake: () => Promise.reject(refusal), onError: (error) => errors.push(error) });
  await queue.send({ id: "a" }, "ann");
  expect(errors).toEqual([refusal]);
  expect(await received()).toEqual({ id: "a" });
});

test("wakes nobody for a job that could not be sent", async () => {
  const broken: JobQueue = { ...inner, send: () => Promise.reject(new Error("full")) };
  const queue = wakingQueue(broken, { wake: never, onError: never });
  await expect(queue.send({ id: "a" }, "ann")).rejects.toThrow("full");
});
