import { colourise, type ColourMap, contrasted, strengthOf } from "../../lib/saliency-map/colours.ts";
import { resizeBilinear } from "../../lib/tensor/bilinear.ts";
import { sizesOf, type Tensor } from "../../lib/tensor/tensor.ts";

export type { ColourMap };

/** How a map is laid over the picture. */
export type Look =
  /** In colours, clear where the map says nothing. */
  | { readonly kind: "overlay"; readonly colours: ColourMap }
  /** In colours alone, nothing shines through. */
  | { readonly kind: "solid"; readonly colours: ColourMap }
  /** A veil of the page's own colour over all that is below the threshold, 0 to 1. */
  | { readonly kind: "reveal"; readonly threshold: number; readonly dark: boolean }
  /** The same veil, gone where the map is high, from 0.25 to 0.75: what a mask keeps, a little plainer than it is. */
  | { readonly kind: "kept"; readonly dark: boolean };

/** The RGBA bytes of a map of values in [0, 1]. */
export function pixelsOf(given: Float32Array, look: Look): Uint8ClampedArray<ArrayBuffer> {
  const values = "colours" in look ? contrasted(given, look.colours) : given;
  const rgba = new Uint8ClampedArray(4 * values.length);
  const rgb = "colours" in look ? colourise(values, look.colours) : undefined;
  const veil = "dark" in look && look.dark ? NIGHT : DAY;
  for (let i = 0; i < values.length; i++) {
    if (rgb) rgba.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
    else rgba.set(veil, 4 * i);
    rgba[4 * i + 3] = Math.round(255 * alphaOf(values[i]!, look));
  }
  return rgba;
}

/** `--paper` of the style sheet. */
const DAY = [252, 251, 249];
const NIGHT = [20, 19, 18];

/** The colour of the veil, and of what lies between two pictures. */
export function veilColour(dark: boolean): string {
  return `rgb(${(dark ? NIGHT : DAY).join(" ")})`;
}

/** How much of the picture the veil takes away, and over how much of the map's range its edge is soft. */
const VEIL = 0.9;
const EDGE = 0.04;

function alphaOf(value: number, look: Look): number {
  switch (look.kind) {
    case "overlay":
      return smoothstep(strengthOf(value, look.colours));
    case "solid":
      return 1;
    case "reveal":
      return VEIL * (1 - smoothstep((value - look.threshold) / EDGE + 1));
    case "kept":
      return VEIL * (1 - smoothstep(2 * value - 0.5));
  }
}

function smoothstep(value: number): number {
  const x = Math.min(1, Math.max(0, value));
  return x * x * (3 - 2 * x);
}

/** The share of the values that are at least the threshold. */
export function shareAbove(values: ArrayLike<number>, threshold: number): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! >= threshold) count++;
  return count / values.length;
}

/** Mask k of masks [K, h, w] as a map of height × width values in [0, 1]. */
export function maskMap(masks: Tensor, k: number, height: number, width: number): Tensor {
  const [, h, w] = sizesOf(masks, 3);
  return enlarge({ shape: [h, w], data: masks.data.subarray(k * h * w, (k + 1) * h * w) }, height, width);
}

/** A map, smoothly enlarged, its values kept within [0, 1]. */
export function enlarge(map: Tensor, height: number, width: number): Tensor {
  const { shape, data } = resizeBilinear(map, height, width);
  return { shape, data: Float32Array.from(data, (value) => Math.min(1, Math.max(0, value))) };
}
