import type { Tensor } from "../tensor/tensor.ts";

/** RISE's kernel: how many pixels wide, and its σ. */
export const KERNEL_SIZE = 11;
const SIGMA = 5;

/**
 * One axis of RISE's blur kernel, [11], which sums to 1: a delta smoothed by scipy's Gaussian filter, which cuts off at four σ and
 * mirrors at the border. As that lies at one σ, the kernel is nearly flat: its corner is 0.88 of its centre.
 */
export function blurAxis(): Float64Array {
  const reach = 4 * SIGMA;
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * SIGMA ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight);
  const axis = new Float64Array(KERNEL_SIZE);
  const middle = (KERNEL_SIZE - 1) / 2;
  for (let i = 0; i < KERNEL_SIZE; i++) {
    for (let offset = -reach; offset <= reach; offset++) {
      if (mirrored(i + offset) === middle) axis[i]! += weights[offset + reach]! / total;
    }
  }
  return axis;
}

/** scipy's border mode "reflect": d c b a | a b c d | d c b a. */
function mirrored(position: number): number {
  const period = 2 * KERNEL_SIZE;
  const within = ((position % period) + period) % period;
  return within < KERNEL_SIZE ? within : period - 1 - within;
}

/** The image, [3, H, W], under RISE's blur; beyond its border it is taken to be 0 in normalised space, as RISE does. */
export function blur(image: Tensor): Tensor {
  const [channels, height, width] = image.shape;
  const data = new Float32Array(image.data.length);
  for (let c = 0; c < channels!; c++) {
    const plane = image.data.subarray(c * height! * width!, (c + 1) * height! * width!);
    const rows = alongRows(plane, height!, width!);
    data.set(transposed(alongRows(transposed(rows, height!, width!), width!, height!), width!, height!), c * height! * width!);
  }
  return { shape: image.shape, data };
}

const axis = blurAxis();

function alongRows(plane: ArrayLike<number>, height: number, width: number): Float64Array {
  const reach = (KERNEL_SIZE - 1) / 2;
  const into = new Float64Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let i = Math.max(0, x - reach); i <= Math.min(width - 1, x + reach); i++) {
        into[y * width + x]! += axis[i - x + reach]! * plane[y * width + i]!;
      }
    }
  }
  return into;
}

function transposed(plane: Float64Array, height: number, width: number): Float64Array {
  const into = new Float64Array(plane.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) into[x * height + y] = plane[y * width + x]!;
  return into;
}
