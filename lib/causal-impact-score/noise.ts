import { fillGaussian } from "../tensor/gaussian-noise.ts";

/** Writes draw `draw` of the noise Z_k of mask k, [3, H, W] in normalised pixel space, into the buffer that it is given. */
export type NoiseOf = (k: number, into: Float32Array, draw: number) => void;

/** Streams of one draw: more than any model has masks. */
const MASKS = 65_536;

/**
 * Z_k ~ N(0, sd²), its own for each mask, a pure function of (seed, k, draw). The paper's sd is 0.1 and it makes one draw. An even
 * number of draws comes in antithetic pairs Z, −Z, whose errors cancel to first order (Hammersley and Morton 1956).
 */
export function gaussianNoise(seed: number, sd: number, draws = 1): NoiseOf {
  const antithetic = draws % 2 === 0;
  return (k, into, draw) => {
    const independent = antithetic ? Math.floor(draw / 2) : draw;
    fillGaussian(into, seed, independent * MASKS + k, antithetic && draw % 2 === 1 ? -sd : sd);
  };
}
