import { expect, test } from "vitest";
import { correctCoverage, pixelCoverage } from "../../lib/pixel-coverage-bias/correct-coverage.ts";
import { normaliseMap } from "../../lib/saliency-map/normalise.ts";
import { cases, extent, mergedMasks } from "../golden/cases.ts";
import { golden, goldenScalar, largestDifference } from "../golden/golden.ts";

test.each(cases)("$name: coverage and corrected map of the authors' scores equal the authors', the map to 1e-4", ({ folder }) => {
  const { masks, labelOf } = mergedMasks(folder);
  const count = masks.shape[0]!;
  const authors = golden(`${folder}/s`).data;
  expect(authors).toHaveLength(count);
  const map = correctCoverage(
    masks,
    Float64Array.from({ length: count }, (_, k) => authors[labelOf(k)]!),
    extent,
  );
  expect(largestDifference(pixelCoverage(masks, extent).data, golden(`${folder}/rho`).data)).toBeLessThan(1e-5);
  // The authors' code divides by K once more.
  expect(
    largestDifference(
      map.data.map((value) => value / count),
      golden(`${folder}/saliency_raw`).data,
    ),
  ).toBeLessThan(1e-7);
  expect(largestDifference(normaliseMap(map).data, golden(`${folder}/saliency`).data)).toBeLessThan(1e-4);
});

test("pixels have ties only in the clamped border, where the authors' float32 sum has more", () => {
  const { masks, labelOf } = mergedMasks("vitcx_vit");
  const authors = golden("vitcx_vit/s").data;
  const map = correctCoverage(
    masks,
    Float64Array.from({ length: masks.shape[0]! }, (_, k) => authors[labelOf(k)]!),
    extent,
  );
  const distinct = (values: Iterable<number>) => new Set(values).size;
  expect(distinct(golden("vitcx_vit/saliency_raw").data)).toBe(goldenScalar("metrics/distinct_values_in_saliency_raw_vit"));
  // Half a patch (4 pixels) on each side of both axes repeats the outermost sample: 58 × 58 values are all that 64 × 64 can have.
  expect(distinct(map.data)).toBe(58 * 58);
});

test("where no mask covers a pixel the map is 0, and one mask gives its own score everywhere else", () => {
  const masks = { shape: [1, 1, 2], data: Float64Array.of(0, 1) };
  const map = correctCoverage(masks, [0.7], { height: 1, width: 4 });
  expect([...map.data]).toEqual([0, 0.7, 0.7, 0.7]);
});

test("no mask at all gives a map of zeros", () => {
  expect([...correctCoverage({ shape: [0, 2, 2], data: new Float64Array(0) }, [], { height: 1, width: 2 }).data]).toEqual([0, 0]);
});

test("a constant map is shown as zeros", () => {
  expect([...normaliseMap({ shape: [1, 3], data: Float64Array.of(0.2, 0.2, 0.2) }).data]).toEqual([0, 0, 0]);
});
