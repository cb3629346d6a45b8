import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sanityCheck, type SanityOptions, type SanityProgress } from "../../lib/evaluation/sanity-check/sanity-check.ts";
import type { SanityQuestion, SanityRow } from "../../lib/evaluation/sanity-check/row.ts";
import { parseMethods } from "../../lib/explanation/request/parse-method.ts";
import type { Subject } from "../../lib/evaluation/dataset/subject.ts";
import { mapOf } from "../../lib/explanation/run/map-of.ts";
import { completeMethod } from "../../lib/explanation/request/method-config.ts";
import { preprocess } from "../../lib/image/preprocess.ts";
import { mapSimilarity } from "../../lib/metrics/map-similarity.ts";
import { type InstalledModel, readCatalog } from "../../lib/vit/catalog/catalog.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { randomise, readStages } from "../../lib/vit/graph/randomise.ts";
import { photograph } from "../image/images.ts";
import { finish } from "../metrics/finish.ts";
import { tinyModel } from "../vit/tiny-models.ts";

const tiny = tinyModel("tiny_vit_op17.onnx");
const classifier = { threads: 1 };

let folder: string;
let subject: Subject;
let bytes: Uint8Array;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
  bytes = await photograph(80, 64).png().toBuffer();
  subject = { name: "photo.png", file: join(folder, "photo.png") };
  await writeFile(subject.file, bytes);
});
afterAll(() => rm(folder, { recursive: true }));

async function rowsOf(model: InstalledModel, methods: string, changes: Partial<SanityOptions> = {}): Promise<SanityRow[]> {
  const options = { subjects: [subject], specs: parseMethods(methods), seeds: [0], classifier, ...changes };
  const steps: SanityProgress[] = [];
  for await (const step of sanityCheck(model, options)) steps.push(step);
  expect(steps.map(({ done }) => done)).toEqual(steps.map((_, i) => i + 1));
  expect(new Set(steps.map(({ total }) => total))).toEqual(new Set([steps.length]));
  return steps.flatMap(({ row }) => row ?? []);
}

test("Every subject is explained by every method after each stage, from the head to the embedding", async () => {
  const subjects = [subject, { ...subject, name: "again.png", target: "class 3" }];
  const rows = await rowsOf(tiny, "vit-cx,centre-gaussian", { subjects });
  const names = ["head", "block 3", "block 2", "block 1", "embedding"];
  const expected = names.flatMap((name, i) =>
    subjects.flatMap((each) =>
      ["vit-cx", "centre-gaussian"].map((method) => ({ stage: { index: i + 1, name }, subject: each.name, method })),
    ),
  );
  expect(rows.map(({ stage, subject: name, method }) => ({ stage, subject: name, method }))).toEqual(expected);
  expect(new Set(rows.map(({ model }) => model))).toEqual(new Set(["tiny"]));
  // What the untouched model sees stays the target, whatever the others see.
  await using open = await openClassifier(tiny, classifier);
  const { probabilities } = await open.classify(await preprocess(bytes, tiny.manifest.input));
  const seen = probabilities.indexOf(Math.max(...probabilities));
  for (const { subject: name, target } of rows) expect(target.index).toBe(name === "again.png" ? 3 : seen);
});

test("A row compares the map of the untouched model with that of the randomised one", async () => {
  const [, row] = await rowsOf(tiny, "rise:count=20", { seeds: [5] });
  const config = completeMethod("RISE", { count: 20 }, { delta: 0.1 });
  const input = await preprocess(bytes, tiny.manifest.input);
  const weights = new Set((await readStages(tiny)).slice(0, 2).flatMap((stage) => stage.weights));
  await using before = await openClassifier(tiny, classifier);
  await using after = await openClassifier(tiny, classifier, (graph, from) => randomise(graph, weights, 5, from));
  const maps = [before, after].map((each) => finish(mapOf(each, input, config, row!.target.index)));
  const [a, b] = await Promise.all(maps);
  expect(row).toMatchObject({ stage: { index: 2, name: "block 3" }, similarity: mapSimilarity(a!, b!) });
  expect(row!.similarity!.spearman).toBeLessThan(0.999);
});

const keyOf = ({ seed, stage, subject: name, method }: SanityQuestion) => `${seed} ${stage.index} ${name} ${method}`;

test("Each seed shuffles the weights anew, and the methods' dice stay", async () => {
  const rows = await rowsOf(tiny, "rise:count=20", { seeds: [0, 1] });
  expect(rows.map(({ seed, stage }) => [seed, stage.index])).toEqual(
    [0, 1].flatMap((seed) => [1, 2, 3, 4, 5].map((index) => [seed, index])),
  );
  expect(rows.slice(0, 5)).toEqual(await rowsOf(tiny, "rise:count=20"));
  expect(rows[5]!.similarity).not.toEqual(rows[0]!.similarity);
});

test("However many subjects are held at a time, the rows are the same", async () => {
  const subjects = [subject, { ...subject, name: "again.png", target: "class 3" }];
  const all = await rowsOf(tiny, "rise:num-masks=9", { subjects });
  const apart = await rowsOf(tiny, "rise:num-masks=9", { subjects, atATime: 1 });
  expect(apart.map(({ subject: name }) => name)).toEqual([...Array(5).fill("photo.png"), ...Array(5).fill("again.png")]);
  const sorted = (rows: readonly SanityRow[]) => rows.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)));
  expect(sorted(apart)).toEqual(sorted(all));
});

test("What is known is not done again, and counts like what is found", async () => {
  const subjects = [subject, { ...subject, name: "again.png", target: "class 3" }];
  const all = await rowsOf(tiny, "rise:num-masks=9,random", { subjects });
  // All of one subject, and of the other one what the first three stages are.
  const before = all.filter((row) => row.subject === "again.png" || row.stage.index <= 3);
  const asked: string[] = [];
  const known = (request: SanityQuestion) => {
    asked.push(request.given.image);
    return before.find((row) => keyOf(row) === keyOf(request));
  };
  const options = { subjects, specs: parseMethods("rise:num-masks=9,random"), seeds: [0], classifier, known };
  const steps: SanityProgress[] = [];
  for await (const step of sanityCheck(tiny, options)) steps.push(step);
  expect(steps.flatMap(({ row }) => row ?? [])).toEqual(all);
  const fresh = steps.filter(({ isNew }) => isNew).map(({ row }) => [row!.subject, row!.stage.index, row!.method]);
  expect(fresh).toEqual([4, 5].flatMap((stage) => ["rise:num-masks=9", "random"].map((method) => ["photo.png", stage, method])));
  expect(new Set(asked)).toEqual(new Set([createHash("sha256").update(bytes).digest("hex")]));
});

test("A subject that cannot be explained is a failure, and the others go on", async () => {
  const broken = { name: "broken.png", file: join(folder, "broken.png") };
  await writeFile(broken.file, bytes.subarray(0, 300));
  const subjects = [{ ...subject, file: "no/such.png", name: "gone.png" }, broken, subject];
  const options = { subjects, specs: parseMethods("random,centre-gaussian"), seeds: [0], classifier };
  const steps: SanityProgress[] = [];
  for await (const step of sanityCheck(tiny, options)) steps.push(step);
  expect(steps.flatMap(({ failure }) => (failure ? [[failure.subject, failure.error.code]] : []))).toEqual([
    ["gone.png", "IMAGE_MISSING"],
    ["broken.png", "IMAGE_UNREADABLE"],
  ]);
  expect(steps.flatMap(({ row }) => row ?? [])).toHaveLength(5 * 2);
  expect(steps.at(-1)).toMatchObject({ done: 36, total: 36 });
});

test("A map that is constant is like nothing, and no row says NaN", async () => {
  // One window hides the whole image, so all pixels share one drop.
  const rows = await rowsOf(tiny, "occlusion:window=512:stride=512");
  expect(rows.map(({ similarity }) => similarity)).toEqual(Array(5).fill(null));
});

test("As emoji-vit forgets what it learned, ViT-CX's map changes and the centre Gaussian does not", async () => {
  const catalog = await readCatalog([fileURLToPath(new URL("../../models", import.meta.url))]);
  const file = fileURLToPath(new URL("../../models/emoji-vit/examples/camera-cat.png", import.meta.url));
  // Few masks, and without noise, so that the test takes seconds.
  const methods = "vit-cx:delta=0.2:noise-sd=0,centre-gaussian";
  const rows = await rowsOf(catalog.get("emoji-vit"), methods, { subjects: [{ name: "camera-cat.png", file }] });
  const of = (name: string) => rows.filter(({ method }) => method.startsWith(name)).map(({ similarity }) => similarity!);
  expect(of("centre-gaussian")).toEqual(Array.from({ length: 8 }, () => ({ spearman: 1, ssim: 1, hog: 1 })));
  const [head, last, , , , , first, embedding] = of("vit-cx");
  for (const way of ["spearman", "ssim", "hog"] as const) {
    const [early, late] = [(head![way] + last![way]) / 2, (first![way] + embedding![way]) / 2];
    expect(late).toBeLessThan(0.5);
    expect(early).toBeGreaterThan(late + 0.1);
  }
}, 120_000);
