import { draw, type Generator, sfc32, uniform } from "./random.ts";

/**
 * Fills `into` with independent draws from N(0, sd²), a pure function of (seed, stream): the same two integers give the same
 * bits on every machine, and streams do not overlap. Seed and stream are taken modulo 2^32.
 *
 * The ziggurat of Marsaglia and Tsang (2000) with 256 layers over the sfc32 generator; layer and position come from different
 * bits of a draw, which mends the original's correlation (Doornik 2005). A position has 23 bits and a sign.
 */
export function fillGaussian(into: Float32Array, seed: number, stream: number, sd: number): void {
  const state = sfc32(seed, stream);
  for (let i = 0; i < into.length; i++) {
    const bits = draw(state);
    const position = bits >> 8; // signed, 24 bits
    const strip = bits & 255;
    // 99 of 100 draws end here.
    into[i] = sd * (Math.abs(position) < inside[strip]! ? position * unit[strip]! : nearEdge(position, strip, state));
  }
}

/** Where the ziggurat's base strip ends and its tail begins, and the area of each strip, for 256 strips. */
const TAIL = 3.6541528853610088;
const AREA = 0.00492867323399;
const density = (x: number) => Math.exp(-0.5 * x * x);

/** edge[i] is the right end of strip i; strip 0 is the base with the tail, as wide as a box of its area would be. */
const edge = new Float64Array(257);
edge[0] = AREA / density(TAIL);
edge[1] = TAIL;
for (let i = 2; i < 256; i++) edge[i] = Math.sqrt(-2 * Math.log(AREA / edge[i - 1]! + density(edge[i - 1]!)));

/** Of each strip: a position's unit, and the position under which a draw lies wholly inside the curve. */
const unit = edge.map((x) => x / 2 ** 23);
const inside = Int32Array.from(edge, (x, i) => (i < 256 ? Math.floor((edge[i + 1]! / x) * 2 ** 23) : 0));
const height = edge.map(density);

/** A position near the end of its strip counts if it is under the curve; else everything is drawn again. */
function nearEdge(position: number, strip: number, state: Generator): number {
  if (strip === 0) return position < 0 ? -tail(state) : tail(state);
  const x = position * unit[strip]!;
  if (height[strip]! + uniform(state) * (height[strip + 1]! - height[strip]!) < density(x)) return x;
  const bits = draw(state);
  const [another, other] = [bits >> 8, bits & 255];
  return Math.abs(another) < inside[other]! ? another * unit[other]! : nearEdge(another, other, state);
}

/** A draw from the normal's tail beyond TAIL (Marsaglia 1964). */
function tail(state: Generator): number {
  for (;;) {
    const x = -Math.log(uniform(state)) / TAIL;
    if (-2 * Math.log(uniform(state)) >= x * x) return TAIL + x;
  }
}
