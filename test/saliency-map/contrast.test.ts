import { expect, test } from "vitest";
import { contrasted } from "../../lib/saliency-map/colours.ts";

const ramp = (size: number) => Float32Array.from({ length: size }, (_, i) => i / (size - 1));

test("A map whose values are spread is drawn as it is", () => {
  const map = ramp(1000);
  expect(contrasted(map, "turbo")).toBe(map);
  expect(contrasted(map, "diverging")).toBe(map);
});

test("Of a map that one pixel outshines, one in a hundred pixels has full strength, and the order stays", () => {
  const map = ramp(1000).map((value) => 0.4 * value);
  map[0] = 1;
  const drawn = contrasted(map, "turbo");
  expect(drawn[0]).toBe(1);
  const full = drawn.filter((value) => value === 1).length;
  expect(full).toBeGreaterThan(5);
  expect(full).toBeLessThan(25);
  expect(drawn[500]).toBeCloseTo(0.5, 1);
});

test("With a sign, 0 stays in the middle, and both sides grow alike", () => {
  const map = ramp(1000).map((value) => 0.5 + 0.1 * (value - 0.5));
  map[0] = 1;
  map[500] = 0.5;
  const drawn = contrasted(map, "diverging");
  expect(drawn[500]).toBe(0.5);
  expect(Math.min(...drawn)).toBe(0);
  expect(drawn[250]! + drawn[749]!).toBeCloseTo(1, 1);
  expect(drawn[250]).toBeLessThan(0.3);
});

test("What is left of rounding stays unseen", () => {
  const map = new Float32Array(1000).fill(1e-4);
  map[0] = 1;
  expect(contrasted(map, "turbo")[1]).toBeLessThan(0.01);
});
