import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRecord } from "../../lib/evaluation/record.ts";
import type { Failure, Row } from "../../lib/evaluation/row.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterEach(() => rm(folder, { recursive: true }));

const about = (subject: string) => ({ model: "m", subject, method: "vit-cx" });
const row = (subject: string): Row => ({
  ...about(subject),
  id: `id of ${subject}`,
  target: { index: 0, label: "cat", probability: 1 },
  masks: 3,
  seconds: 1,
  measured: [{ metric: "SPARSENESS", value: 0.5 }],
});
const failure = (subject: string): Failure => ({ ...about(subject), error: { code: "IMAGE_UNREADABLE", message: "No." } });

test("What was added is there when the record is opened again", async () => {
  const first = await openRecord(folder);
  await first.add(row("a"));
  await first.add(failure("b"));
  await first.close();
  const second = await openRecord(folder);
  expect(second.rows()).toEqual([row("a")]);
  expect(second.failures()).toEqual([failure("b")]);
  expect(second.isAnswered(about("a"))).toBe(true);
  expect(second.isAnswered(about("b"))).toBe(false);
  expect(second.isAnswered({ ...about("a"), method: "rise" })).toBe(false);
  await second.close();
});

test("A failure that was mended counts no longer", async () => {
  const record = await openRecord(folder);
  await record.add(failure("a"));
  await record.add(row("a"));
  expect([record.rows(), record.failures()]).toEqual([[row("a")], []]);
  await record.close();
});

test("A line that was not finished is cut off, and the next one stands by itself", async () => {
  const first = await openRecord(folder);
  await first.add(row("a"));
  await first.close();
  await appendFile(join(folder, "rows.ndjson"), JSON.stringify(row("b")).slice(0, 40));
  const second = await openRecord(folder);
  expect(second.rows()).toEqual([row("a")]);
  await second.add(row("c"));
  await second.close();
  const lines = (await readFile(join(folder, "rows.ndjson"), "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([row("a"), row("c")]);
});
