import { CodedError } from "../errors.ts";
import { detectFormat, formatName, type ImageFormat } from "./format.ts";
import type { Picture, Region } from "./picture.ts";
import { type Sharp, sharp } from "./sharp.ts";

export interface ImageLimits {
  /** Most pixels (width × height) that are decoded: at least 1, 50 million if not said, which is 150 MB of bytes. */
  readonly maxPixels: number;
}

/** What is told of an image without keeping its pixels. */
export interface ImageInfo {
  readonly format: ImageFormat;
  /** In pixels, turned upright as its EXIF orientation says. */
  readonly width: number;
  readonly height: number;
}

const defaultLimits: ImageLimits = { maxPixels: 50_000_000 };

/**
 * Checks that a stranger's file is an image that `decodeImage` will decode to its last pixel. Each row is decoded, a JPEG at
 * an eighth of its size, and forgotten.
 *
 * @throws CodedError IMAGE_MISSING, IMAGE_FORMAT_UNSUPPORTED, IMAGE_TOO_LARGE (from the header alone), IMAGE_UNREADABLE.
 */
export async function inspectImage(bytes: Uint8Array, limits = defaultLimits): Promise<ImageInfo> {
  const { format, width, height } = await readHeader(bytes, limits);
  await readable(format, bytes, () => open(bytes, limits.maxPixels).resize(1, 1, { fit: "fill" }).raw().toBuffer());
  return { format, width, height };
}

/**
 * Decodes an image: upright as its EXIF orientation says, in sRGB by its colour profile, 8 bits a channel, grey as three equal
 * channels, on white where it is transparent (what people see on a page; the colours that a file keeps under its transparent
 * parts are often arbitrary), the first frame of an animation.
 *
 * @throws CodedError as `inspectImage`.
 */
export async function decodeImage(bytes: Uint8Array, limits = defaultLimits): Promise<Picture> {
  return decode(bytes, limits, (image) => image);
}

/**
 * The same of a region alone, at width × height pixels: resized off this thread and its edges on whole pixels, as is good enough
 * for drawing. A model's input is prepared by `preprocess`.
 *
 * @throws CodedError as `inspectImage`.
 */
export async function decodeRegion(
  bytes: Uint8Array,
  region: Region,
  size: { readonly width: number; readonly height: number },
  limits = defaultLimits,
): Promise<Picture> {
  const [right, bottom] = [Math.round(region.left + region.width), Math.round(region.top + region.height)];
  const left = Math.max(0, Math.min(Math.round(region.left), right - 1));
  const top = Math.max(0, Math.min(Math.round(region.top), bottom - 1));
  const whole = { left, top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
  return decode(bytes, limits, (image) => image.extract(whole).resize(size.width, size.height, { fit: "fill", kernel: "cubic" }));
}

async function decode(bytes: Uint8Array, limits: ImageLimits, shape: (image: Sharp) => Sharp): Promise<Picture> {
  const { format, sixteenBits } = await readHeader(bytes, limits);
  const { data, info } = await readable(format, bytes, () => {
    const image = shape(open(bytes, limits.maxPixels));
    // Of 16 bits with a profile, sharp would make Display P3.
    if (sixteenBits) image.pipelineColourspace("srgb");
    return image.flatten({ background: "white" }).toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  });
  return { width: info.width, height: info.height, data };
}

async function readHeader(bytes: Uint8Array, limits: ImageLimits) {
  const format = detectFormat(bytes);
  const { autoOrient, space } = await readable(format, bytes, () => open(bytes, false).metadata());
  const { width, height } = autoOrient;
  if (width * height > limits.maxPixels) {
    const [got, most] = [width * height, limits.maxPixels].map((pixels) => (pixels / 1e6).toLocaleString("en"));
    const size = `${width} × ${height} pixels (${got} megapixels)`;
    throw new CodedError("IMAGE_TOO_LARGE", `The image has ${size}; at most ${most} megapixels are allowed.`);
  }
  return { format, width, height, sixteenBits: space === "rgb16" };
}

/** Dispatches a `warning`, with a text as its `detail`, for what libvips lets pass of an image, such as a colour profile that cannot be used. */
export const imageWarnings = new EventTarget();

/** "error" refuses what is cut short or damaged, and lets pass the harmless irregularities of some telephones' JPEGs. */
function open(bytes: Uint8Array, limitInputPixels: number | false) {
  const opened = sharp(bytes, { failOn: "error", limitInputPixels, autoOrient: true });
  return opened.on("warning", (text: string) => {
    imageWarnings.dispatchEvent(new CustomEvent("warning", { detail: text.trim().replaceAll("\n", "; ") }));
  });
}

async function readable<Result>(format: ImageFormat, bytes: Uint8Array, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    const size = `${bytes.length.toLocaleString("en")} bytes`;
    const message = `The ${formatName(format)} image of ${size} is damaged or incomplete: it cannot be decoded to its end.`;
    throw new CodedError("IMAGE_UNREADABLE", message, { cause });
  }
}
