/** The state of a generator of random numbers; every draw changes it. */
export type Generator = Int32Array;

/**
 * Chris Doty-Humphrey's sfc32: 128 bits of state, a pure function of (seed, stream), which are taken modulo 2^32. Streams do not
 * overlap. The state is an array and not a closure because that draws twice as fast.
 */
export function sfc32(seed: number, stream: number): Generator {
  const state = Int32Array.of(seed, stream, 0x9e3779b9, 1);
  for (let i = 0; i < 15; i++) draw(state);
  return state;
}

/** The next 32 bits, as a signed integer. */
export function draw(state: Generator): number {
  const a = state[0]!;
  const b = state[1]!;
  const c = state[2]!;
  const counter = state[3]!;
  const drawn = (((a + b) | 0) + counter) | 0;
  state[0] = b ^ (b >>> 9);
  state[1] = (c + (c << 3)) | 0;
  state[2] = (((c << 21) | (c >>> 11)) + drawn) | 0;
  state[3] = (counter + 1) | 0;
  return drawn;
}

/** The next draw as a number in (0, 1). */
export function uniform(state: Generator): number {
  return ((draw(state) >>> 0) + 0.5) / 2 ** 32;
}
