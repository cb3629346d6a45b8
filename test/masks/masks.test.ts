import fc from "fast-check";
import { expect, test } from "vitest";
import { completeLinkage, cutTree } from "../../lib/masks/complete-linkage.ts";
import { cosineDistance, meanPairwiseSimilarity } from "../../lib/masks/cosine-distance.ts";
import { maskGrid, normaliseMaps } from "../../lib/masks/mask-grids.ts";
import { resizeBilinear } from "../../lib/tensor/bilinear.ts";
import { cases, extent, mergedMasks } from "../golden/cases.ts";
import { golden, goldenScalar, largestDifference } from "../golden/golden.ts";

const upsampled = (masks: Parameters<typeof maskGrid>[0], n: number) =>
  resizeBilinear(maskGrid(masks, n), extent.height, extent.width).data;

test.each(cases)("$name: ViT masks equal the authors', to 1e-5", ({ folder }) => {
  const { masks, kept } = normaliseMaps(golden(`${folder}/features`), extent);
  expect(kept).toHaveLength(48);
  const first = golden(`${folder}/masks_first`);
  const pixels = extent.height * extent.width;
  for (let n = 0; n < first.shape[0]!; n++) {
    expect(largestDifference(upsampled(masks, n), first.data.subarray(n * pixels, (n + 1) * pixels))).toBeLessThan(1e-5);
  }
  const stats = golden(`${folder}/mask_stats`).data;
  for (let n = 0; n < 48; n++) {
    const mask = upsampled(masks, n);
    expect(Math.abs(mask.reduce((sum, value) => sum + value, 0) / pixels - stats[n * 4 + 2]!)).toBeLessThan(1e-5);
    expect(Math.abs(Math.hypot(...mask) - stats[n * 4 + 3]!)).toBeLessThan(1e-3);
    expect(Math.min(...mask)).toBeCloseTo(0, 12);
    expect(Math.max(...mask)).toBeCloseTo(1, 12);
  }
});

test.each(cases)("$name: distances equal the authors', to 1e-6, and their mean similarity", ({ folder }) => {
  const distance = cosineDistance(normaliseMaps(golden(`${folder}/features`), extent).masks, extent);
  expect(largestDifference(distance.data, golden(`${folder}/distance`).data)).toBeLessThan(1e-6);
  expect(meanPairwiseSimilarity(distance)).toBeCloseTo(goldenScalar(`${folder}/mean_pair_similarity`), 6);
});

test.each(cases)("$name: clusters equal scikit-learn's at every threshold", ({ folder }) => {
  const distance = cosineDistance(normaliseMaps(golden(`${folder}/features`), extent).masks, extent);
  const merges = completeLinkage(distance);
  const expected = golden<"int32">(`${folder}/labels_canonical`);
  const thresholds = goldenScalar<{ threshold: number; K: number }[]>(`${folder}/clusterings`);
  expect(thresholds).toHaveLength(10);
  thresholds.forEach(({ threshold, K }, row) => {
    const labels = cutTree(merges, 48, threshold);
    expect(Math.max(...labels) + 1).toBe(K);
    expect([...labels]).toEqual([...expected.data.subarray(row * 48, (row + 1) * 48)]);
  });
  const heights = golden<"float64">(`${folder}/linkage_f64`).data.filter((_, i) => i % 4 === 2);
  expect(largestDifference(Float64Array.from(merges, (merge) => merge.height).sort(), heights)).toBeLessThan(1e-6);
});

test.each(cases)("$name: merged masks equal the authors', to 1e-5, the largest cluster first", ({ folder }) => {
  const { masks, members, labelOf } = mergedMasks(folder);
  const sizes = members.map((cluster) => cluster.length);
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  expect(sizes.reduce((sum, size) => sum + size)).toBe(48);

  const authors = golden(`${folder}/merged_masks`);
  const pixels = extent.height * extent.width;
  let compared = 0;
  members.forEach((_, k) => {
    const label = labelOf(k);
    if (label >= authors.shape[0]!) return; // Of two networks the reference holds the first four merged masks.
    expect(largestDifference(upsampled(masks, k), authors.data.subarray(label * pixels, (label + 1) * pixels))).toBeLessThan(
      1e-5,
    );
    compared++;
  });
  expect(compared).toBe(authors.shape[0]);
});

test("a constant map carries no mask, and nor does a constant that float32 has blurred", () => {
  const flat = Float32Array.from({ length: 16 }, (_, i) => 3 + (i % 2) * 2.4e-7);
  const maps = {
    shape: [3, 4, 4],
    data: Float32Array.of(...Array<number>(16).fill(2.5), ...Array.from({ length: 16 }, (_, i) => i), ...flat),
  };
  expect(normaliseMaps(maps, extent).kept).toEqual([1]);
  expect(normaliseMaps({ shape: [1, 4, 4], data: new Float32Array(16) }, extent).masks.shape).toEqual([0, 4, 4]);
});

test("complete linkage equals the definition, merging two clusters of least largest distance while it is below delta", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer(), (n, delta, seed) => {
      const distance = randomDistances(n, seed);
      const partition = cutTree(completeLinkage({ shape: [n, n], data: distance }), n, delta);
      expect([...partition]).toEqual(naive(distance, n, delta));
    }),
  );
});

/** Symmetric, zero diagonal, no two distances the same: ties have no one answer. */
function randomDistances(n: number, seed: number): Float64Array {
  const data = new Float64Array(n * n);
  let state = seed;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      data[i * n + j] = data[j * n + i] = (state >>> 8) / 2 ** 24 + (i * n + j) * 1e-9;
    }
  }
  return data;
}

function naive(distance: Float64Array, n: number, delta: number): number[] {
  const clusters = Array.from({ length: n }, (_, i) => [i]);
  for (;;) {
    let [best, a, b] = [Infinity, -1, -1];
    for (let i = 0; i < clusters.length; i++) {
      for (let j = i + 1; j < clusters.length; j++) {
        const height = Math.max(...clusters[i]!.flatMap((x) => clusters[j]!.map((y) => distance[x * n + y]!)));
        if (height < best) [best, a, b] = [height, i, j];
      }
    }
    if (!(best < delta)) break;
    clusters[a]!.push(...clusters.splice(b, 1)[0]!);
  }
  clusters.sort((a, b) => Math.min(...a) - Math.min(...b));
  return Array.from({ length: n }, (_, i) => clusters.findIndex((cluster) => cluster.includes(i)));
}
