import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { evaluate, type Task, tasksOf } from "../../lib/evaluation/evaluate.ts";
import { openEvaluationLog, type EvaluationLog } from "../../lib/evaluation/evaluation-log.ts";
import { resume } from "../../lib/evaluation/resume.ts";
import type { Row } from "../../lib/evaluation/row.ts";
import type { Subject } from "../../lib/evaluation/dataset/subject.ts";
import { parseMethods } from "../../lib/explanation/request/parse-method.ts";
import { explainerOf, tiny } from "./explainer.ts";
import { first } from "../first.ts";

let folder: string;
let record: EvaluationLog;
/** Two images, of which one has a class and a box. */
let subjects: [Subject, Subject];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
  const file = (name: string) => join(folder, name);
  for (const name of ["a.png", "b.png"]) await writeFile(file(name), name);
  const boxes = [{ left: 0, top: 0, right: 1, bottom: 1 }];
  subjects = [
    { name: "a.png", file: file("a.png"), target: "key", boxes },
    { name: "b.png", file: file("b.png") },
  ];
  record = await openEvaluationLog(folder);
  await answer(tasksOf(["tiny"], subjects, parseMethods("random,occlusion")));
});
afterEach(async () => {
  await record.close();
  await rm(folder, { recursive: true });
});

const answer = (tasks: readonly Task[], models = [tiny]) =>
  evaluate(tasks, { explainer: explainerOf(() => ({}), models), metrics: {}, onLine: (line) => record.add(line) });

/** What is left to ask. */
async function left(changes: { methods?: string; subjects?: readonly Subject[]; digest?: string } = {}) {
  const models = [{ ...tiny, digest: changes.digest ?? tiny.digest }];
  const tasks = tasksOf(["tiny"], changes.subjects ?? subjects, parseMethods(changes.methods ?? "random,occlusion"));
  const { waiting, ...counts } = await resume(record, tasks, models);
  return { waiting: waiting.map(({ subject, spec }) => `${subject.name} ${spec.text}`), ...counts };
}

const known = () => record.rows().map(({ subject, method }) => `${subject} ${method}`);
const all = ["a.png random", "a.png occlusion", "b.png random", "b.png occlusion"];

test("What was answered is not asked again", async () => {
  expect(await left()).toEqual({ waiting: [], changed: 0, unmarked: 0 });
  expect(known()).toEqual(all);
});

test.each<[what: string, change: () => Promise<Subject>]>([
  [
    "image",
    async () => {
      await writeFile(subjects[0].file, "another image");
      return subjects[0];
    },
  ],
  ["class", async () => ({ ...subjects[0], target: "crab" })],
  ["class, or none", async () => ({ name: "a.png", file: subjects[0].file, boxes: subjects[0].boxes! })],
  ["box", async () => ({ ...subjects[0], boxes: [{ left: 0, top: 0, right: 2, bottom: 1 }] })],
])("An answer about another %s does not count, and is asked for again", async (_, change) => {
  const changed = [await change(), subjects[1]];
  expect(await left({ subjects: changed })).toEqual({ waiting: all.slice(0, 2), changed: 2, unmarked: 0 });
  expect(known()).toEqual(all.slice(2));
  await answer(tasksOf(["tiny"], [changed[0]!], parseMethods("random,occlusion")));
  expect(await left({ subjects: changed })).toEqual({ waiting: [], changed: 0, unmarked: 0 });
});

test("EvaluationLog of other weights do not count", async () => {
  expect(await left({ digest: "d2" })).toEqual({ waiting: all, changed: 4, unmarked: 0 });
  expect(known()).toEqual([]);
});

test("EvaluationLog to what is not asked now do not count, and are no change", async () => {
  expect(await left({ subjects: [subjects[1]], methods: "occlusion,score-cam" })).toEqual({
    waiting: ["b.png score-cam"],
    changed: 0,
    unmarked: 0,
  });
  expect(known()).toEqual(["b.png occlusion"]);
});

test("Failures are asked for again, and those of what is not asked now do not count", async () => {
  const error = { code: "INTERNAL", message: "No." };
  await record.add({ model: "tiny", subject: "a.png", method: "score-cam", error });
  await record.add({ model: "tiny", subject: "c.png", method: "score-cam", error });
  const { waiting, unmarked } = await left({ methods: "random,score-cam" });
  expect([waiting, unmarked]).toEqual([["a.png score-cam", "b.png score-cam"], 0]);
  expect(record.failures().map(({ subject }) => subject)).toEqual(["a.png"]);
});

test("Lines of an earlier version count by their names, but with another seed", async () => {
  const [random, occlusion] = first(2, record.rows());
  const old = (row: Row, seed: number | undefined): Row => {
    const { given: _given, seed: _seed, ...line } = row;
    return { ...line, ...(seed !== undefined && { seed }) };
  };
  await record.add(old(occlusion, undefined));
  await record.add(old(random, random.seed));
  expect(await left()).toEqual({ waiting: [], changed: 0, unmarked: 2 });
  await record.add(old(random, undefined));
  expect(await left()).toEqual({ waiting: ["a.png random"], changed: 1, unmarked: 1 });
});
