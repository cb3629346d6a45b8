import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
import { deleteExplanation } from "../../lib/explanation/delete/delete.ts";
import { sweepStore, type SweepTask } from "../../lib/explanation/keep/sweep.ts";
import { keys } from "../../lib/explanation/keys.ts";
import { historyPage } from "../../lib/explanation/log/history.ts";
import { cancel } from "../../lib/explanation/log/cancel.ts";
import { submit } from "../../lib/explanation/request/submit.ts";
import { storedFiles } from "../../lib/storage/stored-files.ts";
import { submission } from "./requests.ts";
import { holdAtProbe } from "./scripted-classifier.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const taskOf = ({ deps, root }: Workshop, limits: Pick<SweepTask, "keepMs" | "maxBytes">): SweepTask => ({
  ...deps,
  ...limits,
  files: (folder) => storedFiles(root, folder),
  pause: async () => undefined,
  signal: new AbortController().signal,
  onError: (error) => {
    throw error;
  },
});

async function ask({ deps }: Workshop, seed: number): Promise<string> {
  return (await submit(deps, { ...(await submission()), options: { seed } })).id;
}

/** One that has succeeded, whose files were all written so long ago. */
async function past(workshop: Workshop, seed: number, ago: number): Promise<string> {
  const id = await ask(workshop, seed);
  await workshop.work();
  await age(workshop, `explanations/${id}`, ago);
  return id;
}

/** Dates all files below a folder of the store. */
async function age({ root }: Workshop, folder: string, ago: number): Promise<void> {
  const time = new Date(Date.now() - ago);
  const files = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  for (const file of files) if (file.isFile()) await utimes(join(file.parentPath, file.name), time, time);
}

const owner = async () => (await submission()).owner;
const listed = async ({ deps }: Workshop) =>
  (await historyPage(deps, await owner(), 100, undefined)).items.map(({ explanation }) => explanation.id);
const of = async ({ keys }: Workshop, id: string) => (await keys()).filter((key) => key.includes(id));

test("What has not changed for longer than it is kept is deleted with all that belongs to it; never what is queued or running", async () => {
  const workshop = await openWorkshop();
  const old = await past(workshop, 1, 3 * DAY);
  const recent = await past(workshop, 2, DAY);
  const running = await ask(workshop, 3);
  const held = holdAtProbe(workshop.classifier, workshop.classifier.calls.probe + 1);
  const working = workshop.work();
  await held.reached;
  const queued = await ask(workshop, 4);
  for (const id of [running, queued]) await age(workshop, `explanations/${id}`, 9 * DAY);
  expect(await sweepStore(taskOf(workshop, { keepMs: 2 * DAY }))).toMatchObject({ deleted: 1 });
  expect(await of(workshop, old)).toEqual([]);
  expect(await listed(workshop)).toEqual([queued, running, recent]);
  held.go();
  await working;
});

test("Without limits nothing is deleted, and what is used is what the files take", async () => {
  const workshop = await openWorkshop();
  await past(workshop, 1, 900 * DAY);
  const { usedBytes, deleted } = await sweepStore(taskOf(workshop, {}));
  let bytes = 0;
  for await (const file of storedFiles(workshop.root, "explanations")) bytes += file.bytes;
  expect({ usedBytes, deleted }).toEqual({ usedBytes: bytes, deleted: 0 });
  expect(bytes).toBeGreaterThan(10_000);
});

test("Above the most that may be stored the oldest go, as many as it takes, also where two processes sweep at once", async () => {
  const workshop = await openWorkshop();
  const ids: string[] = [];
  for (let i = 0; i < 6; i++) ids.push(await past(workshop, i, (10 - i) * HOUR));
  const { usedBytes } = await sweepStore(taskOf(workshop, {}));
  const task = taskOf(workshop, { maxBytes: usedBytes * 0.55 });
  const swept = await Promise.all([sweepStore(task), sweepStore(task), sweepStore(task)]);
  expect(swept.reduce((sum, { deleted }) => sum + deleted, 0)).toBeGreaterThanOrEqual(3);
  expect(await listed(workshop)).toEqual(ids.slice(3).toReversed());
  for (const id of ids.slice(0, 3)) expect(await of(workshop, id)).toEqual([]);
  const after = await sweepStore(task);
  expect(after.deleted).toBe(0);
  expect(after.usedBytes).toBeLessThanOrEqual(usedBytes * 0.55);
});

test("What was uploaded a day ago goes; what belongs to no explanation only where there are limits", async () => {
  const workshop = await openWorkshop();
  const { store } = workshop.deps;
  const bytes = new Uint8Array(9);
  for (const key of ["uploads/ann/old", "uploads/ann/new", "explanations/lost/input.png", "history/ann/099999999999999-lost"])
    await store.put(key, bytes);
  for (const folder of ["explanations", "history"]) await age(workshop, folder, 25 * HOUR);
  await utimes(join(workshop.root, "uploads/ann/old"), 0, 0);
  await store.put("explanations/begun/input.png", bytes);
  await sweepStore(taskOf(workshop, {}));
  expect(await workshop.keys()).toEqual([
    "explanations/begun/input.png",
    "explanations/lost/input.png",
    "history/ann/099999999999999-lost",
    "uploads/ann/new",
  ]);
  await sweepStore(taskOf(workshop, { keepMs: 9 * DAY }));
  expect(await workshop.keys()).toEqual(["explanations/begun/input.png", "uploads/ann/new"]);
});

test("One whose log is damaged goes in its time, too, and its place in the history with it", async () => {
  const workshop = await openWorkshop();
  const id = await past(workshop, 1, 3 * DAY);
  await workshop.deps.store.put(keys.log(id), new TextEncoder().encode("{\n"));
  await age(workshop, `explanations/${id}`, 3 * DAY);
  expect(await sweepStore(taskOf(workshop, { keepMs: 2 * DAY }))).toMatchObject({ deleted: 1 });
  expect(await workshop.keys()).toEqual([]);
});

test("A deletion that was cut short is finished, one that is under way is left", async () => {
  const workshop = await openWorkshop();
  const ids = [await past(workshop, 1, DAY), await past(workshop, 2, DAY)];
  const store = {
    ...workshop.deps.store,
    remove: async () => {
      throw new Error("dead");
    },
  };
  for (const id of ids) await expect(deleteExplanation({ ...workshop.deps, store }, await owner(), id)).rejects.toThrow("dead");
  await age(workshop, `explanations/${ids[0]}`, HOUR);
  await sweepStore(taskOf(workshop, {}));
  expect(await of(workshop, ids[0]!)).toEqual([]);
  expect((await of(workshop, ids[1]!)).length).toBeGreaterThan(5);
});

test("A sweep of many leaves the event loop to others", { timeout: 60_000 }, async () => {
  const workshop = await openWorkshop();
  const id = await ask(workshop, 1);
  await cancel(workshop.deps, await owner(), id);
  const folder = join(workshop.root, "explanations");
  for (let i = 0; i < 800; i++) {
    await mkdir(join(folder, `x${i}`), { recursive: true });
    await Promise.all(["events.ndjson", "a", "b"].map((name) => writeFile(join(folder, `x${i}`, name), "")));
  }
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const swept = await sweepStore(taskOf(workshop, {}));
  delay.disable();
  expect(swept.usedBytes).toBeGreaterThan(0);
  // Milliseconds of 99 turns of 100; the machine may be busy with other things.
  expect(delay.percentile(99) / 1e6).toBeLessThan(50);
});
