/**
 * Chris Doty-Humphrey's sfc32: int32 draws of a generator with 128 bits of state, a pure function of (seed, stream), which are
 * taken modulo 2^32. Streams do not overlap.
 */
export function sfc32(seed: number, stream: number): () => number {
  let a = seed | 0;
  let b = stream | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = () => {
    const draw = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + draw) | 0;
    return draw;
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}

/** The next draw as a number in (0, 1). */
export function uniform(next: () => number): number {
  return ((next() >>> 0) + 0.5) / 2 ** 32;
}
