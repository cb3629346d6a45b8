import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEvaluationLog } from "../../lib/evaluation/evaluation-log.ts";
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
  const first = await openEvaluationLog(folder);
  await first.add(row("a"));
  await first.add(failure("b"));
  await first.close();
  const second = await openEvaluationLog(folder);
  expect(second.rows()).toEqual([row("a")]);
  expect(second.failures()).toEqual([failure("b")]);
  expect(second.isAnswered(about("a"))).toBe(true);
  expect(second.isAnswered(about("b"))).toBe(false);
  expect(second.isAnswered({ ...about("a"), method: "rise" })).toBe(false);
  await second.close();
});

test("Curves are kept of those subjects alone that are drawn, and all of them in the file", async () => {
  const curve = { probabilities: [1, 0] };
  const drawn = (subject: string): Row => ({ ...row(subject), measured: [{ metric: "DELETION", value: 0.5, curve }] });
  const first = await openEvaluationLog(folder, ({ subject }) => subject === "a");
  await first.add(drawn("a"));
  await first.add(drawn("b"));
  expect(first.rows().map(({ measured }) => measured[0]!.curve)).toEqual([curve, undefined]);
  await first.close();
  const second = await openEvaluationLog(folder, ({ subject }) => subject === "b");
  expect(second.rows().map(({ measured }) => measured[0]!.curve)).toEqual([undefined, curve]);
  await second.close();
});

test("A file of any length is read, and a character that a piece of it cuts in two", async () => {
  const long = "ü".repeat(700_000);
  const first = await openEvaluationLog(folder);
  for (const name of ["a", long, "b"]) await first.add(row(name));
  await first.close();
  await appendFile(join(folder, "rows.ndjson"), long);
  const second = await openEvaluationLog(folder);
  expect(second.rows().map(({ subject }) => subject)).toEqual(["a", long, "b"]);
  await second.close();
});

test.each(["nonsense", "{}", "null", '{"model": "m"'])("A line in the middle that is none is named: %s", async (line) => {
  await writeFile(join(folder, "rows.ndjson"), `${JSON.stringify(row("a"))}\n${line}\n${JSON.stringify(row("b"))}\n`);
  await expect(openEvaluationLog(folder)).rejects.toMatchObject({
    code: "BAD_USER_INPUT",
    message: `Invalid line 2 in ${join(folder, "rows.ndjson")}; correct it or remove it.`,
  });
});

test("What is forgotten counts no longer, and stays in the file", async () => {
  const record = await openEvaluationLog(folder);
  await record.add(row("a"));
  await record.add(row("b"));
  record.forget(row("a"));
  expect([record.rows(), record.isAnswered(row("a"))]).toEqual([[row("b")], false]);
  await record.close();
  const again = await openEvaluationLog(folder);
  expect(again.rows()).toEqual([row("a"), row("b")]);
  await again.close();
});

test("A failure that was mended counts no longer", async () => {
  const record = await openEvaluationLog(folder);
  await record.add(failure("a"));
  await record.add(row("a"));
  expect([record.rows(), record.failures()]).toEqual([[row("a")], []]);
  await record.close();
});

test("A line that was not finished is cut off, and the next one stands by itself", async () => {
  const first = await openEvaluationLog(folder);
  await first.add(row("a"));
  await first.close();
  await appendFile(join(folder, "rows.ndjson"), JSON.stringify(row("b")).slice(0, 40));
  const second = await openEvaluationLog(folder);
  expect(second.rows()).toEqual([row("a")]);
  await second.add(row("c"));
  await second.close();
  const lines = (await readFile(join(folder, "rows.ndjson"), "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([row("a"), row("c")]);
});
