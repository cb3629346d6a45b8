import { CodedError } from "../errors.ts";

/** The formats that can be explained, by the name that sharp gives them. */
export type ImageFormat = "jpeg" | "png" | "webp" | "avif";

/** Each format as its file begins, and its name for people; the first that fits counts. Bytes are read as Latin-1. */
const allowed: readonly (readonly [ImageFormat, string, RegExp])[] = [
  ["jpeg", "JPEG", /^\xff\xd8\xff/],
  ["png", "PNG", /^\x89PNG\r\n/],
  ["webp", "WebP", /^RIFF.{4}WEBP/s],
  ["avif", "AVIF", /^.{4}ftyp(?:.{4}){0,15}?avi[fs]/s],
];
const refused: readonly (readonly [string, RegExp])[] = [
  ["a GIF", /^GIF8/],
  ["a TIFF", /^(?:II\*|MM.\*)/s],
  ["a BMP", /^BM/],
  ["a PDF", /^%PDF/],
  ["a HEIC", /^.{4}ftyp(?:.{4}){0,15}?(?:hei[cxms]|hev[cxms]|mif1)/s],
  ["an SVG", /<svg[\s>]/],
];

/**
 * The format of a file by its first bytes, whatever its name says.
 *
 * @throws CodedError IMAGE_MISSING for no bytes, IMAGE_FORMAT_UNSUPPORTED for anything but the four formats.
 */
export function detectFormat(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0) throw new CodedError("IMAGE_MISSING", "The image is empty: it has 0 bytes.");
  const head = Buffer.from(bytes.subarray(0, 512)).toString("latin1");
  const found = allowed.find(([, , begins]) => begins.test(head));
  if (found) return found[0];
  const kind = refused.find(([, begins]) => begins.test(head))?.[0] ?? "in none of the image formats known here";
  throw new CodedError("IMAGE_FORMAT_UNSUPPORTED", `The file is ${kind}; it must be a JPEG, PNG, WebP or AVIF image.`);
}

/** The name of a format for people. */
export function formatName(format: ImageFormat): string {
  return allowed.find(([id]) => id === format)![1];
}
