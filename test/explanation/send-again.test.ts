import { expect, test, vi } from "vitest";
import type { Deps } from "../../lib/explanation/deps.ts";
import { keys } from "../../lib/explanation/keys.ts";
import { findExplanation } from "../../lib/explanation/log/read.ts";
import { submit } from "../../lib/explanation/request/submit.ts";
import type { Job } from "../../lib/queue/job-queue.ts";
import { submission } from "./requests.ts";
import { openWorkshop } from "./workshop.ts";

const JOBS = 8;
const PROCESSES = 8;

/** What each process of the API knows for itself, over one store and a queue that counts. */
async function openService() {
  const sent: string[] = [];
  const { deps } = await openWorkshop(() => ({
    queue: { leaseMs: 60_000, send: async ({ id }: Job) => void sent.push(id), receive: async () => null },
  }));
  const processes: Process[] = Array.from({ length: PROCESSES }, () => ({ lastSends: new Map() }));
  return { deps, sent, processes };
}

type Process = Pick<Deps, "lastSends">;

/** All processes look at all explanations, every ten seconds for so long. */
async function watch(deps: Deps, ids: readonly string[], processes: readonly Process[], seconds: number) {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const begun = Date.now();
  for (let second = 10; second <= seconds; second += 10) {
    vi.setSystemTime(begun + second * 1000);
    await Promise.all(processes.flatMap((own) => ids.map((id) => findExplanation({ ...deps, ...own }, "local", id))));
  }
  vi.useRealTimers();
}

async function onlyId(deps: Deps): Promise<string> {
  const stored = await deps.store.list("explanations/", undefined, 100);
  return stored.find((key) => key.endsWith("/events.ndjson"))!.split("/")[1]!;
}

test(`${JOBS} jobs that ${PROCESSES} processes watch while a GPU starts for 300 s are sent once each`, async () => {
  const { deps, sent, processes } = await openService();
  const ids = await Promise.all(
    Array.from({ length: JOBS }, async (_, i) => (await submit({ ...deps, ...processes[i] }, await submission(i))).id),
  );
  await watch(deps, ids, processes, 300);
  expect(sent.toSorted()).toEqual(ids.toSorted());
});

test("A job whose process died before it was sent is sent by one of those who watch", async () => {
  const { deps, sent, processes } = await openService();
  const broken: Deps = { ...deps, queue: { ...deps.queue, send: async () => Promise.reject(new Error("killed")) } };
  await expect(submit({ ...broken, ...processes[0] }, await submission(100))).rejects.toThrow("killed");
  const id = await onlyId(deps);
  await watch(deps, [id], processes, 300);
  expect(sent).toEqual([id]);
});

test("A queue that cannot be reached is tried again, and nothing says that the job was sent", async () => {
  const { deps, sent, processes } = await openService();
  const broken: Deps = { ...deps, queue: { ...deps.queue, send: async () => Promise.reject(new Error("unreachable")) } };
  await expect(submit({ ...broken, ...processes[0] }, await submission(110))).rejects.toThrow("unreachable");
  const id = await onlyId(deps);
  await watch(broken, [id], processes, 60);
  expect(Buffer.from((await deps.store.get(keys.sent(id)))!.bytes).toString()).toBe(new Date(0).toISOString());
  await watch(deps, [id], processes, 60);
  expect(sent).toEqual([id]);
});
