import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeNpy, encodeNpy } from "../../lib/tensor/npy.ts";

test("writes what numpy writes", () => {
  const bytes = encodeNpy({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  const text = Buffer.from(bytes).toString("latin1");
  expect(text.slice(0, 128)).toBe(
    `\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }${" ".repeat(58)}\n`,
  );
  expect(bytes).toHaveLength(128 + 24);
  expect([...bytes.subarray(128, 136)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]);
});

test("reads back any shape, bit for bit", () => {
  const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(shapes, fc.infiniteStream(fc.float()), (shape, values) => {
      const length = shape.reduce((product, side) => product * side, 1);
      const tensor = { shape, data: Float32Array.from({ length }, () => values.next().value) };
      expect(decodeNpy(encodeNpy(tensor))).toEqual(tensor);
    }),
  );
});

test("reads numbers wherever they lie in memory", () => {
  const tensor = { shape: [3], data: Float32Array.of(1, -2, 3) };
  const pool = Buffer.concat([Buffer.alloc(7), encodeNpy(tensor), Buffer.alloc(5)]);
  expect(decodeNpy(pool.subarray(7, -5))).toEqual(tensor);
});

test("refuses what is no such file", () => {
  const good = encodeNpy({ shape: [2], data: Float32Array.of(1, 2) });
  const doubles = Buffer.from(Buffer.from(good).toString("latin1").replace("<f4", "<f8"), "latin1");
  expect(() => decodeNpy(doubles)).toThrow(RangeError);
  expect(() => decodeNpy(new Uint8Array(200))).toThrow(RangeError);
  expect(() => decodeNpy(good.subarray(0, -1))).toThrow(RangeError);
});
