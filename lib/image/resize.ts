import type { Picture, Region } from "./picture.ts";

export type Interpolation = "nearest" | "bilinear" | "bicubic" | "lanczos";

/**
 * Resizes a region of a picture to width × height: bytes [height, width, 3].
 *
 * The convention is that of Pillow's `Image.resize(size, resample, box)`, by which nearly all published models saw their
 * training pictures: half-pixel centres; where the picture shrinks, the kernel is stretched by the scale (antialiasing); it is
 * cut off at the picture's edge; rows come before columns, and both end in bytes. Weights have 22 fractional bits, as there.
 * (libvips shrinks by whole numbers first, so sharp would be near this but not equal.)
 */
export function resizePicture(
  picture: Picture,
  region: Region,
  width: number,
  height: number,
  interpolation: Interpolation,
): Uint8Array {
  const columns = weigh(picture.width, region.left, region.width, width, interpolation);
  const rows = weigh(picture.height, region.top, region.height, height, interpolation);
  const firstRow = rows.start[0]!;
  const wide = resizeAlongRows(picture, firstRow, rows.end[height - 1]!, columns);
  return resizeAlongColumns(wide, firstRow, width * 3, rows);
}

/** Output sample i is the sum of weight[i · taps + t] · input[start[i] + t] over start[i] + t < end[i]. */
interface Weights {
  readonly taps: number;
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** In units of 2^-22: of 32 bits, eight are the byte's and two are left for kernels that overshoot. */
  readonly weight: Int32Array;
}

const fractionBits = 22;
const half = 1 << (fractionBits - 1);

/** Each kernel's half width, and the kernel: the tent, Keys' cubic with a = -1/2, and the windowed sinc. */
const kernels: Record<Exclude<Interpolation, "nearest">, readonly [number, (x: number) => number]> = {
  bilinear: [1, (x) => Math.max(0, 1 - Math.abs(x))],
  bicubic: [2, (x) => cubic(Math.abs(x))],
  lanczos: [3, (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0)],
};

function cubic(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((2.5 - 0.5 * x) * x - 4) * x + 2 : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** How `to` samples come from the `length` samples that begin at `offset` on an axis of `size`. */
function weigh(size: number, offset: number, length: number, to: number, interpolation: Interpolation): Weights {
  const scale = length / to;
  const centres = Float64Array.from({ length: to }, (_, i) => offset + (i + 0.5) * scale);
  if (interpolation === "nearest") {
    const start = Int32Array.from(centres, Math.floor);
    return { taps: 1, start, end: start.map((from) => from + 1), weight: new Int32Array(to).fill(1 << fractionBits) };
  }
  const [halfWidth, kernel] = kernels[interpolation];
  const stretch = Math.max(1, scale);
  const support = halfWidth * stretch;
  const taps = Math.ceil(support) * 2 + 1;
  // An Int32Array truncates what it is given.
  const start = Int32Array.from(centres, (centre) => Math.max(0, centre - support + 0.5));
  const end = Int32Array.from(centres, (centre) => Math.min(size, centre + support + 0.5));
  const weight = new Int32Array(to * taps);
  for (let i = 0; i < to; i++) {
    const values = Float64Array.from({ length: end[i]! - start[i]! }, (_, t) =>
      kernel((start[i]! + t + 0.5 - centres[i]!) / stretch),
    );
    const total = values.reduce((sum, value) => sum + value, 0);
    values.forEach((value, t) => (weight[i * taps + t] = roundHalfAway((value / total) * 2 ** fractionBits)));
  }
  return { taps, start, end, weight };
}

function roundHalfAway(x: number): number {
  return Math.trunc(x < 0 ? x - 0.5 : x + 0.5);
}

/** Rows `first` to `last` (exclusive) of the picture, resized to the columns: [last - first, columns, 3]. */
function resizeAlongRows(picture: Picture, first: number, last: number, columns: Weights): Uint8ClampedArray {
  const { data } = picture;
  const { taps, start, end, weight } = columns;
  const width = start.length;
  const out = new Uint8ClampedArray((last - first) * width * 3);
  let o = 0;
  for (let y = first; y < last; y++) {
    const row = y * picture.width * 3;
    for (let x = 0; x < width; x++) {
      let red = half;
      let green = half;
      let blue = half;
      const stop = row + end[x]! * 3;
      for (let p = row + start[x]! * 3, w = x * taps; p < stop; p += 3, w++) {
        red = (red + data[p]! * weight[w]!) | 0;
        green = (green + data[p + 1]! * weight[w]!) | 0;
        blue = (blue + data[p + 2]! * weight[w]!) | 0;
      }
      out[o++] = red >> fractionBits;
      out[o++] = green >> fractionBits;
      out[o++] = blue >> fractionBits;
    }
  }
  return out;
}

/** `wide` begins at row `first` and has `stride` bytes a row; the result is [rows, stride]. */
function resizeAlongColumns(wide: Uint8ClampedArray, first: number, stride: number, rows: Weights): Uint8Array {
  const { taps, start, end, weight } = rows;
  const height = start.length;
  const out = new Uint8ClampedArray(height * stride);
  const sums = new Int32Array(stride);
  for (let y = 0; y < height; y++) {
    sums.fill(half);
    for (let row = start[y]!, w = y * taps; row < end[y]!; row++, w++) {
      const [from, scale] = [(row - first) * stride, weight[w]!];
      for (let i = 0; i < stride; i++) sums[i]! += wide[from + i]! * scale;
    }
    for (let i = 0; i < stride; i++) out[y * stride + i] = sums[i]! >> fractionBits;
  }
  return new Uint8Array(out.buffer);
}
