import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEvaluationLog } from "../../lib/evaluation/evaluation-log.ts";
import type { Failure, Row } from "../../lib/evaluation/row.ts";
import { openStoredRows } from "../../lib/evaluation/stored-rows.ts";
import { filesystemStore } from "../../lib/storage/filesystem-store.ts";
import type { ObjectStore } from "../../lib/storage/object-store.ts";

let folder: string;
let store: ObjectStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-rows-"));
  store = filesystemStore(join(folder, "store"));
});
afterEach(() => rm(folder, { recursive: true }));

const target = { index: 3, label: "crab", probability: 0.9 };
const row = (subject: string, value: number): Row => ({
  model: "m",
  subject,
  method: "random",
  id: `id-${subject}`,
  target,
  masks: 0,
  seconds: 1,
  measured: [{ metric: "SPARSENESS", value, curve: { probabilities: [0, 1] } }],
});
const failure = (subject: string): Failure => ({
  model: "m",
  subject,
  method: "random",
  error: { code: "INTERNAL", message: "Something went wrong." },
});

/** A machine with a folder of its own. */
async function machine(name: string) {
  const own = join(folder, name);
  await mkdir(own, { recursive: true });
  return openEvaluationLog(own, undefined, await openStoredRows(store, "imagenet", "{}\n"));
}

test("What one machine has answered another one knows, and writes into its own file", async () => {
  const first = await machine("a");
  for (const line of [row("one.png", 0.1), row("two.png", 0.2), failure("three.png")]) await first.add(line);
  await first.close();
  const second = await machine("b");
  expect(second.rows().toSorted((a, b) => a.subject.localeCompare(b.subject))).toEqual([
    row("one.png", 0.1),
    row("two.png", 0.2),
  ]);
  expect(second.failures()).toEqual([failure("three.png")]);
  expect(second.isAnswered(failure("three.png"))).toBe(false);
  await second.add(row("three.png", 0.3));
  await second.close();

  // The first one goes on, and hears of what the second one has made good.
  const again = await machine("a");
  expect(again.failures()).toEqual([]);
  expect(again.isAnswered(row("three.png", 0))).toBe(true);
  await again.close();
  const lines = (await readFile(join(folder, "b", "rows.ndjson"), "utf8")).trim().split("\n");
  expect(lines).toHaveLength(4);
  expect(await store.list("evaluations/imagenet/rows/", undefined, 10)).toHaveLength(3);
});

test("Rows are read page by page", async () => {
  const list: ObjectStore["list"] = (prefix, after) => store.list(prefix, after, 10);
  const stored = await openStoredRows({ ...store, list }, "many", "{}\n");
  for (let i = 0; i < 33; i++) await stored.add(row(`${i}.png`, i));
  const read = await stored.read();
  expect(new Set(read.map(({ subject }) => subject)).size).toBe(33);
});

test("Rows of other metrics, and of a name that is none, are refused; so is an object that is no row", async () => {
  await openStoredRows(store, "a", "{}\n");
  await openStoredRows(store, "a", "{}\n");
  await expect(openStoredRows(store, "a", '{"saco":{}}\n')).rejects.toThrow("other metrics");
  for (const name of ["", "a/b", "a b", "../a"]) await expect(openStoredRows(store, name, "{}\n")).rejects.toThrow("--rows");
  await store.put("evaluations/a/rows/x.json", new TextEncoder().encode("{}"));
  await expect((await openStoredRows(store, "a", "{}\n")).read()).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
});
