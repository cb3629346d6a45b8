import { bilinearAxis, resample } from "../tensor/bilinear.ts";
import { sizesOf, type Tensor } from "../tensor/tensor.ts";
import { decodeRegion, type ImageLimits } from "./decode.ts";
import type { Colouring } from "./heatmap.ts";
import type { Region } from "./picture.ts";
import { encodePng } from "./png.ts";

/** Bounds of the drawing's longer side, in pixels. */
const smallest = 448;
const largest = 1024;

/** How much of the picture's own colour stays: little, so that a colour in the drawing is the map's. */
const saturation = 0.25;

/** The map's opacity at 1; it rises from nothing at 0, so that the picture is clear where the map says nothing. */
const opacity = 0.7;

export interface OverlayOptions {
  readonly limits?: ImageLimits;
  /** How much a value of the map says, 0 to 1; the value itself by default. Where it is 0 the picture is clear. */
  readonly strength?: (value: number) => number;
}

/**
 * A PNG of the region of an image file that the model saw, at the region's own aspect, under a map [h, w] in [0, 1] of it.
 * The longer side is the region's, kept within 448 to 1024 pixels. The same bytes for the same input.
 *
 * @throws CodedError as `decodeRegion`.
 */
export async function drawOverlay(
  bytes: Uint8Array,
  region: Region,
  map: Tensor<Float32Array | Float64Array>,
  colouring: Colouring,
  { limits, strength = (value) => value }: OverlayOptions = {},
): Promise<Uint8Array> {
  const longer = Math.max(region.width, region.height);
  const scale = Math.min(Math.max(longer, smallest), largest) / longer;
  const width = Math.max(1, Math.round(region.width * scale));
  const height = Math.max(1, Math.round(region.height * scale));
  const { data: pixels } = await decodeRegion(bytes, region, { width, height }, limits);
  const [h, w] = sizesOf(map, 2);
  const values = resample(map, bilinearAxis(h, height), bilinearAxis(w, width)).data;
  return encodePng(blend(pixels, colouring(values), values.map(strength)), width, height);
}

function blend(pixels: Uint8Array, colours: Uint8Array, values: Float64Array): Uint8Array {
  const out = new Uint8Array(pixels.length);
  for (let i = 0; i < values.length; i++) {
    const alpha = opacity * smoothstep(values[i]!);
    const grey = luma(pixels[3 * i]!, pixels[3 * i + 1]!, pixels[3 * i + 2]!);
    for (let p = 3 * i; p < 3 * i + 3; p++) {
      const faded = grey + saturation * (pixels[p]! - grey);
      out[p] = Math.round(faded + alpha * (colours[p]! - faded));
    }
  }
  return out;
}

function smoothstep(value: number): number {
  return value * value * (3 - 2 * value);
}

/** Rec. 709, as sRGB's primaries have it. */
function luma(red: number, green: number, blue: number): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
