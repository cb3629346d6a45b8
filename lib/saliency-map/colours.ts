import { interpolateRdBu, interpolateTurbo, interpolateViridis } from "d3-scale-chromatic";

/**
 * The colour maps: `turbo` shows the most levels, `viridis` is even for every kind of sight, `grey` is the value itself. `diverging`, from
 * blue over white in the middle to red, is for maps with a sign.
 */
export type ColourMap = "turbo" | "viridis" | "grey" | "diverging";

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

function table(css: (value: number) => string): Uint8Array {
  return Uint8Array.from(Array.from({ length: 256 }, (_, step) => components(css(step / 255))).flat());
}

/** Of `rgb(r, g, b)` or `#rrggbb`: d3 writes either, as it was given the colours. */
function components(css: string): number[] {
  if (css.startsWith("#")) return [1, 3, 5].map((at) => parseInt(css.slice(at, at + 2), 16));
  return css.match(/\d+/g)!.map(Number);
}
