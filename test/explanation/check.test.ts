import { rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { deleteExplanation } from "../../lib/explanation/delete/delete.ts";
import { checkStore, type Problem } from "../../lib/explanation/keep/check.ts";
import { keys } from "../../lib/explanation/keys.ts";
import { fold } from "../../lib/explanation/log/fold.ts";
import { historyPage } from "../../lib/explanation/log/history.ts";
import { readLog } from "../../lib/explanation/log/log.ts";
import { findExplanation } from "../../lib/explanation/log/read.ts";
import { LOST_MS } from "../../lib/explanation/log/send-again.ts";
import { submit } from "../../lib/explanation/request/submit.ts";
import { storedFiles } from "../../lib/storage/stored-files.ts";
import { submission } from "./requests.ts";
import { later, openWorkshop, type Workshop } from "./workshop.ts";

const DAY = 86_400_000;
const text = (content: string) => new TextEncoder().encode(content);

async function check({ deps, root }: Workshop, repair = false): Promise<Problem[]> {
  const files = (folder: string) => storedFiles(root, folder);
  const removeTemporary = (key: string) => rm(join(root, key));
  const problems: Problem[] = [];
  for await (const problem of checkStore({ ...deps, files, removeTemporary, repair })) problems.push(problem);
  return problems;
}

const brief = (problems: readonly Problem[]) =>
  problems
    .toSorted((a, b) => `${a.kind} ${a.key}`.localeCompare(`${b.kind} ${b.key}`))
    .map(({ kind, key, repaired }) => [kind, key, repaired]);

async function explained(workshop: Workshop, seed: number): Promise<string> {
  const { id } = await submit(workshop.deps, { ...(await submission()), options: { seed } });
  await workshop.work();
  return id;
}

async function age({ root }: Workshop, key: string, ago = 2 * DAY): Promise<void> {
  const time = new Date(Date.now() - ago);
  await utimes(join(root, key), time, time);
}

const stateOf = async ({ deps }: Workshop, id: string) => fold((await readLog(deps.store, id))!);

test("A folder in which all is well is left as it is", async () => {
  const workshop = await openWorkshop();
  await explained(workshop, 1);
  await submit(workshop.deps, await submission());
  await workshop.deps.store.put("uploads/ann/new", text("x"));
  const before = await workshop.keys();
  expect(await check(workshop, true)).toEqual([]);
  expect(await workshop.keys()).toEqual(before);
});

test("What belongs to nothing is found, and removed when it is to be repaired; what is young is neither", async () => {
  const workshop = await openWorkshop();
  const id = await explained(workshop, 1);
  const { store } = workshop.deps;
  const old = ["explanations/lost/input.png", "explanations/lost/map.npy", "history/ann/099999999999999-gone", "uploads/ann/old"];
  const young = ["explanations/begun/input.png", "history/ann/099999999999998-begun", "uploads/ann/new"];
  for (const key of [...old, ...young]) await store.put(key, text("x"));
  for (const key of old) await age(workshop, key);
  for (const name of ["old", "new"]) await writeFile(join(workshop.root, ".tmp", name), "");
  await age(workshop, ".tmp/old");
  const found = (repaired: boolean) => [
    ["no-explanation", "explanations/lost", repaired],
    ["no-explanation", "history/ann/099999999999999-gone", repaired],
    ["old-upload", "uploads/ann/old", repaired],
    ["temporary-file", ".tmp/old", repaired],
  ];
  expect(brief(await check(workshop))).toEqual(found(false));
  expect(brief(await check(workshop, true))).toEqual(found(true));
  expect(await check(workshop)).toEqual([]);
  expect((await workshop.keys()).filter((key) => !key.includes(id))).toEqual(young);
});

test("A damaged log is cut after its last whole line, kept beside, and what is missing is computed to the same result", async () => {
  const workshop = await openWorkshop();
  const id = await explained(workshop, 1);
  const { store } = workshop.deps;
  const map = (await store.get(keys.file(id, "saliency-map.npy")))!.bytes;
  const lines = new TextDecoder().decode((await store.get(keys.log(id)))!.bytes).split("\n");
  const damaged = text(`${lines.slice(0, 3).join("\n")}\n${lines[3]!.slice(0, 20)}\u0000\n`);
  await store.put(keys.log(id), damaged);
  expect(brief(await check(workshop))).toEqual([["damaged-log", keys.log(id), false]]);
  expect(brief(await check(workshop, true))).toEqual([["damaged-log", keys.log(id), true]]);
  expect((await stateOf(workshop, id)).events).toHaveLength(3);
  expect([...(await store.get(keys.file(id, "events.damaged.ndjson")))!.bytes]).toEqual([...damaged]);
  // It stands there as one that is being computed; whoever reads it after a while sends its job again.
  later(LOST_MS);
  await findExplanation(workshop.deps, (await submission()).owner, id);
  await workshop.work();
  expect((await stateOf(workshop, id)).status).toBe("SUCCEEDED");
  expect([...(await store.get(keys.file(id, "saliency-map.npy")))!.bytes]).toEqual([...map]);
});

test("A log of which not even the first line is whole is told, and left for its owner to ask again", async () => {
  const workshop = await openWorkshop();
  const id = await explained(workshop, 1);
  await workshop.deps.store.put(keys.log(id), text("{\n"));
  expect(brief(await check(workshop, true))).toEqual([["damaged-log", keys.log(id), false]]);
});

test("A place in the history that is lost is made again, results that are lost are told, a newer log is left alone", async () => {
  const workshop = await openWorkshop();
  const ids = [await explained(workshop, 1), await explained(workshop, 2), await explained(workshop, 3)];
  const { store } = workshop.deps;
  const entry = (await workshop.keys()).find((key) => key.startsWith("history/") && key.endsWith(ids[0]!));
  await store.remove(entry!);
  await store.remove(keys.file(ids[1]!, "overlay.png"));
  const log = new TextDecoder().decode((await store.get(keys.log(ids[2]!)))!.bytes);
  await store.put(keys.log(ids[2]!), text(log.replace(/"version":\d+/, '"version":99')));
  expect(brief(await check(workshop, true))).toEqual([
    ["missing-files", `explanations/${ids[1]!}`, false],
    ["missing-history", entry, true],
    ["newer-log", keys.log(ids[2]!), false],
  ]);
  const { owner } = await submission();
  const { items } = await historyPage(workshop.deps, owner, 10, undefined);
  expect(items.map(({ explanation }) => explanation.id)).toEqual([ids[1], ids[0]]);
});

test("A deletion that was cut short is finished", async () => {
  const workshop = await openWorkshop();
  const id = await explained(workshop, 1);
  const remove = async () => {
    throw new Error("dead");
  };
  const { owner } = await submission();
  await expect(deleteExplanation({ ...workshop.deps, store: { ...workshop.deps.store, remove } }, owner, id)).rejects.toThrow(
    "dead",
  );
  expect(await check(workshop, true)).toEqual([]);
  await age(workshop, keys.log(id));
  expect(brief(await check(workshop, true))).toEqual([["cut-short-deletion", `explanations/${id}`, true]]);
  expect(await workshop.keys()).toEqual([]);
});
