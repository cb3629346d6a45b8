import fc from "fast-check";
import type { GraphWriter } from "../../vit/graph-writer.ts";
import type { RuleCase } from "./check-rule.ts";
import { broadcast, each, rows } from "./references.ts";

type Attributes = Parameters<GraphWriter["op"]>[2];
export type Drawn = fc.Arbitrary<RuleCase>;
/** By operator. */
export type Cases = Readonly<Record<string, Drawn | readonly Drawn[]>>;

export const length = fc.integer({ min: 1, max: 4 });
export const shape = (minLength: number, maxLength = 4) => fc.array(length, { minLength, maxLength });

/** Two shapes that broadcast: some lengths 1, one maybe of fewer axes. */
export const pair = fc
  .tuple(shape(1, 3), fc.array(fc.constantFrom("both", "left", "right"), { minLength: 3, maxLength: 3 }), fc.nat(2))
  .map(([full, kept, drop]) => {
    const side = (name: string) => full.map((size, i) => (kept[i] === "both" || kept[i] === name ? size : 1));
    return drop % 2 === 0
      ? [side("left").slice(Math.min(drop, full.length - 1)), side("right")]
      : [side("left"), side("right").slice(drop)];
  });

/** An operator of as many inputs as there are shapes. */
export function plain(operator: string, inputs: readonly (readonly number[])[], attributes: Attributes = {}): RuleCase {
  const [opType, domain] = operator.split("::").toReversed();
  return {
    inputs,
    write: (w) =>
      w.op(
        opType!,
        inputs.map((_, i) => `x${i}`),
        attributes,
        domain,
      ),
  };
}

export const unary = (
  operator: string,
  f?: (x: number) => number,
  more: Partial<RuleCase> = {},
  attributes: Attributes = {},
): Drawn => shape(0).map((size) => ({ ...plain(operator, [size], attributes), ...(f && { reference: each(f) }), ...more }));
export const binary = (operator: string, f?: (a: number, b: number) => number, range?: readonly [number, number]): Drawn =>
  pair.map((shapes) => ({ ...plain(operator, shapes), ...(f && { reference: broadcast(f) }), ...(range && { range }) }));
/** An operator along the last axis. */
export const lastAxis = (make: (size: number[], last: number) => RuleCase): Drawn =>
  shape(1, 3).map((size) => make(size, size.at(-1)!));

export const ones = (n: number) => new Float32Array(n).fill(1);
export const images = fc.record({
  n: length,
  c: fc.integer({ min: 1, max: 2 }),
  h: fc.integer({ min: 4, max: 6 }),
  w: fc.integer({ min: 4, max: 6 }),
});
export const reduction = (operator: string, f?: (row: Float64Array) => number, more: Partial<RuleCase> = {}): Drawn =>
  fc.tuple(shape(2, 3), fc.boolean()).map(([size, keep]) => ({
    ...plain(operator, [size], { axes: [-1], keepdims: keep ? 1 : 0 }),
    ...(f && { reference: rows(size.at(-1)!, (row) => [f(row)]) }),
    ...more,
  }));
