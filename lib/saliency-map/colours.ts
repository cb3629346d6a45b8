import { interpolateRdBu, interpolateTurbo, interpolateViridis } from "d3-scale-chromatic";

/**
 * The colour maps: `turbo` shows the most levels, `viridis` is even for every kind of sight, `grey` is the value itself. `diverging`, from
 * blue over white in the middle to red, is for maps with a sign.
 */
export type ColourMap = "turbo" | "viridis" | "grey" | "diverging";

/** The share of the pixels that may be drawn as if they were the strongest. */
const SATURATED = 0.01;
/** A map of which 99 % lie below this strength would be seen as empty. */
const FAINT = 0.5;
/** No map is drawn more than fifty times as strong as it is: what is left of rounding stays unseen. */
const FAINTEST = 0.02;
const STEPS = 1024;

/** 256 evenly spaced colours each, [256, 3]. */
const tables: Record<ColourMap, Uint8Array> = {
  turbo: table(interpolateTurbo),
  viridis: table(interpolateViridis),
  diverging: table((value) => interpolateRdBu(1 - value)),
  grey: Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)),
};

/** The RGB bytes, [N, 3], of N values in [0, 1]: the nearest of 256 steps of the colour map. */
export function colourise(values: ArrayLike<number>, colours: ColourMap): Uint8Array {
  const steps = tables[colours];
  const rgb = new Uint8Array(values.length * 3);
  for (let i = 0; i < values.length; i++) {
    const step = 3 * Math.round(values[i]! * 255);
    rgb[3 * i] = steps[step]!;
    rgb[3 * i + 1] = steps[step + 1]!;
    rgb[3 * i + 2] = steps[step + 2]!;
  }
  return rgb;
}

/** How much a value in [0, 1] says, 0 to 1: the value itself, or its distance from the middle where that is nothing. */
export function strengthOf(value: number, colours: ColourMap): number {
  return colours === "diverging" ? Math.abs(2 * value - 1) : value;
}

/**
 * The values of a map in [0, 1], to draw: as they are, or where a few pixels are far above all others, as gradients' are, so much
 * stronger that 1 % of the pixels have full strength. In a map with a sign, 0 stays in the middle.
 */
export function contrasted<Values extends Float32Array | Float64Array>(values: Values, colours: ColourMap): Values {
  const level = Math.max(FAINTEST, levelOf(values, colours));
  if (level >= FAINT) return values;
  const middle = colours === "diverging" ? 0.5 : 0;
  const reach = 1 - middle;
  return values.map((value) => {
    const moved = (value - middle) / level;
    return middle + Math.min(reach, Math.max(-middle, moved));
  }) as Values;
}

function table(css: (value: number) => string): Uint8Array {
  return Uint8Array.from(Array.from({ length: 256 }, (_, step) => components(css(step / 255))).flat());
}

/** Of `rgb(r, g, b)` or `#rrggbb`: d3 writes either, as it was given the colours. */
function components(css: string): number[] {
  if (css.startsWith("#")) return [1, 3, 5].map((at) => parseInt(css.slice(at, at + 2), 16));
  return css.match(/\d+/g)!.map(Number);
}

/** The strength that 1 % of the values exceed, found among even steps. */
function levelOf(values: Float32Array | Float64Array, colours: ColourMap): number {
  const counts = new Uint32Array(STEPS);
  for (const value of values) counts[Math.min(STEPS - 1, Math.floor(strengthOf(value, colours) * STEPS))]!++;
  let above = 0;
  for (let step = STEPS - 1; step >= 0; step--) {
    above += counts[step]!;
    if (above > SATURATED * values.length) return (step + 1) / STEPS;
  }
  return 1;
}
