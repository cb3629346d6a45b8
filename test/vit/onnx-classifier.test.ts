import fc from "fast-check";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resizeBilinear } from "../../lib/tensor/bilinear.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { cases } from "../golden/cases.ts";
import { golden, largestDifference } from "../golden/golden.ts";
import { tinyFile, tinyModel } from "./tiny-models.ts";

const { data } = golden("input");
const image: Tensor = { shape: [3, 64, 64], data };
/** The last is the first network, exported without names and with its layer norms written out. */
const networks = [...cases, { name: "anonymous ViT", folder: "vitcx_vit", file: "tiny_vit_op14_anon.onnx" }];

describe.for(networks)("The classifier of the $name", ({ folder, file }) => {
  let classifier: Awaited<ReturnType<typeof openClassifier>>;
  beforeAll(async () => {
    classifier = await openClassifier(tinyModel(file), { threads: 1, batchSize: 3 });
  });
  afterAll(() => classifier[Symbol.asyncDispose]());

  test("says what it takes and gives", () => {
    expect(classifier).toMatchObject({ height: 64, width: 64, classes: 10, batchSize: 3 });
  });

  test("classifies as the graph that it was grafted on", async () => {
    const session = await InferenceSession.create(tinyFile(file), { intraOpNumThreads: 1, logSeverityLevel: 3 });
    const { logits } = await session.run({ input: new OrtTensor("float32", data, [1, 3, 64, 64]) });
    await session.release();
    const { probabilities } = await classifier.classify(image);
    expect(largestDifference(probabilities, softmax(logits!.data as Float32Array))).toBeLessThan(1e-6);
  });

  test("gives the reference's probabilities and patch embeddings", async () => {
    const { probabilities, embeddings } = await classifier.classify(image);
    expect(largestDifference(probabilities, golden(`${folder}/probs`).data)).toBeLessThan(1e-6);
    const features = golden(`${folder}/features`);
    expect(embeddings.shape).toEqual(features.shape);
    expect(largestDifference(embeddings.data, features.data)).toBeLessThan(5e-6);
  });

  test("scores the reference's masked and noisy images as the reference", async () => {
    const masks = golden(`${folder}/merged_masks`);
    const count = masks.shape[0]!;
    const keep = { shape: [count, 64, 64], data: masks.data };
    const gate = { ...keep, data: masks.data.map((m) => 1 - m) };
    const noise = golden<"int8">("noise_q").data.subarray(0, count * data.length);
    const fill = { shape: [count, 3, 64, 64], data: Float32Array.from(noise, (q) => (q / 32) * Math.fround(0.1)) };
    const all = { shape: [1, 1, 1], data: Float32Array.of(1) };

    const masked = await classifier.probe({ image, keep, gate, fill });
    const noisy = await classifier.probe({ image, keep: all, gate, fill });
    expect(masked.shape).toEqual([count, 10]);
    const expected = (name: string) => golden(`${folder}/${name}`).data.subarray(0, count * 10);
    expect(largestDifference(masked.data, expected("f_masked"))).toBeLessThan(1e-6);
    expect(largestDifference(noisy.data, expected("f_noisy"))).toBeLessThan(1e-6);
  });

  test("scores image · up(keep) + fill · up(gate), whatever the grids' sizes and whichever of them are one for all", async () => {
    const grids = (count: number) =>
      fc.tuple(fc.constantFrom(1, count), fc.constantFrom(1, 2, 5, 8, 64), fc.constantFrom(1, 3, 8, 64), fc.nat());
    const requests = fc
      .integer({ min: 1, max: 3 })
      .chain((count) => fc.tuple(grids(count), grids(count), fc.constantFrom(1, count)));
    await fc.assert(
      fc.asyncProperty(requests, async ([[keeps, a, b, seed], [gates, c, d, other], fills]) => {
        const keep = numbers([keeps, a, b], seed);
        const gate = numbers([gates, c, d], other);
        const fill = numbers([fills, 3, 64, 64], seed + 1);
        const scores = await classifier.probe({ image, keep, gate, fill });
        const count = Math.max(keeps, gates, fills);
        expect(scores.shape).toEqual([count, 10]);
        for (let i = 0; i < count; i++) {
          const { probabilities } = await classifier.classify(composed(keep, gate, fill, i));
          expect(largestDifference(scores.data.subarray(i * 10, (i + 1) * 10), probabilities)).toBeLessThan(1e-5);
        }
      }),
      { numRuns: 8 },
    );
  });
});

/** Variant i, composed without ONNX Runtime. */
function composed(keep: Tensor, gate: Tensor, fill: Tensor, i: number): Tensor {
  const kept = resizeBilinear(entry(keep, i), 64, 64).data;
  const filled = resizeBilinear(entry(gate, i), 64, 64).data;
  const filling = entry(fill, i).data;
  return { ...image, data: data.map((x, n) => x * kept[n % 4096]! + filling[n]! * filled[n % 4096]!) };
}

/** Entry i of the first axis, or the only one. */
function entry({ shape, data: all }: Tensor, i: number): Tensor {
  const size = all.length / shape[0]!;
  const from = shape[0] === 1 ? 0 : i * size;
  return { shape: shape.slice(1), data: all.subarray(from, from + size) };
}

/** Numbers between 0 and 1 that look random. */
function numbers(shape: number[], seed: number): Tensor {
  const length = shape.reduce((product, size) => product * size);
  return { shape, data: Float32Array.from({ length }, (_, i) => Math.abs(Math.sin(seed + i * 12.9898) * 43758.5453) % 1) };
}

function softmax(logits: Float32Array): Float64Array {
  const exponentials = Float64Array.from(logits, Math.exp);
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((e) => e / sum);
}
