import { sharp } from "./sharp.ts";

/** A PNG of RGB bytes [height, width, 3] or grey bytes [height, width]; the same bytes for the same pixels. */
export async function encodePng(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const channels = pixels.length === width * height ? 1 : 3;
  return sharp(pixels, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png({ adaptiveFiltering: true }) // photographs come out nearly half as large
    .toBuffer();
}
