import { fillGaussian } from "../tensor/gaussian-noise.ts";

/** Writes the noise Z_k of mask k, [3, H, W] in normalised pixel space, into the buffer that it is given. */
export type NoiseOf = (k: number, into: Float32Array) => void;

/** Z_k ~ N(0, sd²), its own for each mask, a pure function of (seed, k). The paper's sd is 0.1. */
export function gaussianNoise(seed: number, sd: number): NoiseOf {
  return (k, into) => fillGaussian(into, seed, k, sd);
}
