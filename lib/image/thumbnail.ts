import { sharp } from "./sharp.ts";

/** A small JPEG of an image file, its longer side `side` pixels or, where the image is smaller, its own. */
export async function thumbnail(bytes: Uint8Array, side: number): Promise<Uint8Array> {
  return sharp(bytes, { autoOrient: true })
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .flatten({ background: "white" })
    .jpeg({ quality: 80 })
    .toBuffer();
}
