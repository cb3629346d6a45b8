import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { saliencyOf, type VitCxEvidence } from "../../lib/methods/vit-cx/evidence.ts";
import { explain } from "../../lib/methods/vit-cx/explain.ts";
import { writeModel } from "../../lib/onnx/model.ts";
import type { OnnxModel } from "../../lib/onnx/model.ts";
import { fillGaussian } from "../../lib/tensor/gaussian-noise.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { addModel } from "../../lib/vit/catalog/add.ts";
import type { InstalledModel } from "../../lib/vit/catalog/catalog.ts";
import { passed, verifyModel } from "../../lib/vit/catalog/verify.ts";
import { bestAssignment } from "../../lib/vit/places/assignment.ts";
import { checkPlaces, isPlaced } from "../../lib/vit/places/place-check.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { encodePng } from "../../lib/image/png.ts";
import { ofClass } from "../methods/of-class.ts";
import { shapedModel, vitSmall } from "./shaped-models.ts";
import { type Layout, shapedWindows } from "./shaped-windows.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterAll(() => rm(folder, { recursive: true }));

const threads = { threads: 1 };
const half: [number, number, number] = [0.5, 0.5, 0.5];
const SIDE = 8;

async function add(id: string, model: OnnxModel): Promise<InstalledModel> {
  await mkdir(join(folder, id), { recursive: true });
  await writeFile(join(folder, id, "model.onnx"), writeModel(model));
  const source = { file: join(folder, id, "model.onnx"), folder: join(folder, id), name: id };
  const given = { labels: ["a", "b", "c", "d", "e"], mean: half, sd: half };
  return (await addModel(join(folder, "models"), source, given, threads)).model;
}

/** The token of the patch at a row and a column. */
const ORDERS: Readonly<Record<Exclude<Layout, "sorted">, (row: number, column: number) => number>> = {
  nest: (row, column) => 16 * (2 * Math.floor(row / 4) + Math.floor(column / 4)) + 4 * (row % 4) + (column % 4),
  maxvit: (row, column) => 16 * (2 * (row % 2) + (column % 2)) + 4 * Math.floor(row / 2) + Math.floor(column / 2),
  "class token last": (row, column) => SIDE * row + column,
  reversed: (row, column) => SIDE * SIDE - 1 - (SIDE * row + column),
};

describe.for(Object.entries(ORDERS))("A model whose tokens lie as %s", ([layout, tokenAt]) => {
  const id = layout.replaceAll(" ", "-");
  let model: InstalledModel;
  beforeAll(async () => {
    model = await add(id, shapedWindows(layout as Layout));
  });

  test("is added with their order", () => {
    const { embedding, placeCheck } = model.manifest;
    const order = Array.from({ length: SIDE * SIDE }, (_, i) => tokenAt(Math.floor(i / SIDE), i % SIDE));
    expect(embedding).toEqual({ tensor: embedding.tensor, grid: [8, 8], prefixTokens: 0, channels: 24, order });
    expect(placeCheck).toEqual({ patches: 25, share: 1, own: 1 });
  });

  test("has a map that lies on the corner that its head looks at, and with the tokens row by row it does not", async () => {
    const inOrder = await shareInCorner(model);
    expect(inOrder).toBeGreaterThan(0.6);
    const embedding = { ...model.manifest.embedding, order: undefined };
    const prefixTokens = layout === "nest" || layout === "maxvit" ? 0 : 1;
    const unordered = { ...model, manifest: { ...model.manifest, embedding: { ...embedding, prefixTokens } } };
    if (layout !== "class token last") expect(await shareInCorner(unordered)).toBeLessThan(inOrder - 0.15);
    // One place beside, a map looks right; the check is not taken in.
    await using classifier = await openClassifier(unordered, threads);
    expect(isPlaced(await checkPlaces(classifier))).toBe(false);
  });
});

async function evidenceOf(steps: ReturnType<typeof explain>): Promise<VitCxEvidence> {
  for (;;) {
    const step = await steps.next();
    if (step.done) return step.value;
  }
}

/** Grain, and an object of one colour in the corner, [3, 32, 32]. */
function cornerOf(colour: readonly [number, number, number]): Tensor {
  const data = new Float32Array(3 * 1024);
  fillGaussian(data, 3, 0, 0.1);
  const isInCorner = (i: number) => i % 1024 >= 512 && i % 32 >= 16;
  return { shape: [3, 32, 32], data: data.map((value, i) => (isInCorner(i) ? value + colour[Math.floor(i / 1024)]! : value)) };
}

/** How much of what lies above a ViT-CX map's median lies in the corner, a quarter of the image. */
async function shareInCorner(model: InstalledModel): Promise<number> {
  await using classifier = await openClassifier(model, threads);
  const image = cornerOf([2, -1, 1]);
  const { probabilities } = await classifier.classify(image);
  const { probabilities: without } = await classifier.classify(cornerOf([0, 0, 0]));
  // The class for which the object speaks most.
  const gains = probabilities.map((value, i) => value - without[i]!);
  const target = gains.indexOf(Math.max(...gains));
  const evidence = await evidenceOf(explain(classifier, image, { delta: 0.1, noiseSd: 0.1, seed: 0 }));
  const { data } = saliencyOf(ofClass(evidence, target), { height: 32, width: 32 });
  const median = data.toSorted()[512]!;
  const above = data.map((value) => Math.max(0, value - median));
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  return sum(above.filter((_, i) => i >= 512 && i % 32 >= 16)) / sum(above);
}

test("A model whose tokens lie in another order for each image is refused, in a sentence", async () => {
  await expect(add("sorted", shapedWindows("sorted"))).rejects.toMatchObject({
    code: "MODEL_UNUSABLE",
    message: expect.stringMatching(
      /it cannot be shown that the tokens of ".*" are where their patches are: of 25 .* at least 60 % must/,
    ),
  });
});

test("A model that was never added is asked when it is opened, and refused where its tokens are not in rows", async () => {
  const model = await add("never-added", shapedWindows("nest"));
  const { tensor } = model.manifest.embedding;
  const bare = { ...model, manifest: { ...model.manifest, embedding: { tensor } } };
  await expect(openClassifier(bare, threads)).rejects.toThrow(/Model "never-added": it cannot be shown .* `vitcx models add`/);
});

test("verify asks again, and fails for a manifest of another order", async () => {
  const model = await add("plain", shapedModel({ ...vitSmall, patch: 4 }));
  expect(model.manifest.embedding.order).toBeUndefined();
  const picture = await encodePng(
    new Uint8Array(3 * 1024).map((_, i) => (i * 37) % 256),
    32,
    32,
  );
  const verification = await verifyModel(model, picture, threads);
  expect(verification.placeCheck).toEqual({ patches: 25, share: 1, own: 1, passed: true });
  expect(passed(verification)).toBe(true);
  const order = Array.from({ length: 64 }, (_, i) => 1 + ((i * 5) % 64));
  const wrong = { ...model, manifest: { ...model.manifest, embedding: { ...model.manifest.embedding, order } } };
  const failed = await verifyModel(wrong, picture, threads);
  expect(failed.placeCheck.passed).toBe(false);
  expect(passed(failed)).toBe(false);
});

test("Attention over tokens of another order comes with the patches row by row behind the others", async () => {
  const model = await add("turned", shapedWindows("reversed"));
  const { embedding } = model.manifest;
  await using classifier = await openClassifier(model, threads);
  await using asIs = await openClassifier(
    { ...model, manifest: { ...model.manifest, embedding: unordered(embedding) } },
    threads,
  );
  const images: Tensor = { shape: [1, 3, 32, 32], data: new Float32Array(3 * 1024) };
  fillGaussian(images.data, 5, 0, 1);
  const { attention } = await classifier.differentiate!(images, 0, ["attention"]);
  const { attention: plain } = await asIs.differentiate!(images, 0, ["attention"]);
  const [, , tokens] = attention.shape as [number, number, number, number];
  // In the graph the class token is the last, and patch p is token 63 − p.
  const inGraph = (token: number) => tokens - 1 - token;
  for (const [i, j] of [
    [0, 0],
    [0, 5],
    [7, 0],
    [64, 13],
  ] as const) {
    expect(attention.data[i * tokens + j]).toBe(plain.data[inGraph(i) * tokens + inGraph(j)]);
  }
});

/** As a manifest that knows of no order. */
function unordered(embedding: InstalledModel["manifest"]["embedding"]) {
  return { ...embedding, order: undefined, prefixTokens: 1 };
}

test("The best assignment is the best of all", () => {
  const gains = fc.integer({ min: 1, max: 5 }).chain((rows) =>
    fc.integer({ min: rows, max: 6 }).chain((columns) =>
      fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      }),
    ),
  );
  fc.assert(
    fc.property(gains, (rows) => {
      const assigned = bestAssignment(rows.map((row) => Float64Array.from(row)));
      expect(new Set(assigned).size).toBe(rows.length);
      expect(assigned.reduce((sum, column, row) => sum + rows[row]![column]!, 0)).toBe(mostOf(rows));
    }),
  );
});

/** By trying every assignment. */
function mostOf([first, ...rest]: readonly (readonly number[])[], taken: readonly number[] = []): number {
  if (!first) return 0;
  const sums = first.map((gain, column) => (taken.includes(column) ? -Infinity : gain + mostOf(rest, [...taken, column])));
  return Math.max(...sums);
}
