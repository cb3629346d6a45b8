import { readFileSync } from "node:fs";
import manifest from "./manifest.json" with { type: "json" };

const arrays: Record<string, { dtype: string; shape: number[] }> = manifest.arrays;
const scalars: Record<string, { value: unknown }> = manifest.scalars;
const folder = new URL("./", import.meta.url);
const kinds = { float32: Float32Array, float64: Float64Array, int32: Int32Array, int8: Int8Array, uint8: Uint8Array };

/** One array of the reference data (see README.md beside this file): numbers of the authors' and other public implementations. */
export function golden<Kind extends keyof typeof kinds = "float32">(name: string) {
  const { dtype, shape } = arrays[name]!;
  const bytes = readFileSync(new URL(`${name}.bin`, folder));
  const data = new kinds[dtype as Kind](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return { shape, data: data as InstanceType<(typeof kinds)[Kind]> };
}

/** One number, or small record, of the reference data. */
export function goldenScalar<Value = number>(name: string): Value {
  return scalars[name]!.value as Value;
}

/** The largest absolute difference of two arrays of the same length; infinite where one has a NaN. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`Expected ${b.length} numbers, got ${a.length}`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
  }
  return largest;
}
