import type { Tensor } from "../tensor/tensor.ts";
import { decodeImage, type ImageLimits } from "./decode.ts";
import type { Picture, Region } from "./picture.ts";
import { type Interpolation, resizePicture } from "./resize.ts";

/** How a picture becomes a model's input. */
export interface Preprocessing {
  /** Size of the input, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Per channel, of the 0…1 range: (pixel − mean) / sd. */
  readonly mean: readonly [number, number, number];
  readonly sd: readonly [number, number, number];
  /**
   * `crop` scales the shorter edge to `shortestEdge` pixels, `stretch-crop` the whole picture to width × height, each at least
   * the input's size, and cuts out the centre.
   */
  readonly resize:
    | { readonly fit: "stretch" }
    | { readonly fit: "crop"; readonly shortestEdge: number }
    | { readonly fit: "stretch-crop"; readonly width: number; readonly height: number };
  readonly interpolation: Interpolation;
  /** `gray` takes a picture's luma for all three channels. */
  readonly channels?: "rgb" | "bgr" | "gray" | undefined;
}

/**
 * The model's input, [3, height, width], from an image file: decode, `visibleRegion`, resize as Pillow does, `normalise`.
 *
 * @throws CodedError as `decodeImage`.
 */
export async function preprocess(bytes: Uint8Array, input: Preprocessing, limits?: ImageLimits): Promise<Tensor> {
  const decoded = await decodeImage(bytes, limits);
  const picture = input.channels === "gray" ? luma(decoded) : decoded;
  const region = visibleRegion(picture.width, picture.height, input);
  const pixels = resizePicture(picture, region, input.width, input.height, input.interpolation);
  return normalise(pixels, input.width, input.height, input.mean, input.sd);
}

/** Three equal channels, Y = 0.299 R + 0.587 G + 0.114 B of ITU-R 601, rounded as Pillow's conversion to "L" does. */
function luma({ data, ...size }: Picture): Picture {
  const grey = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    grey.fill((19_595 * data[i]! + 38_470 * data[i + 1]! + 7_471 * data[i + 2]! + 0x8000) >> 16, i, i + 3);
  }
  return { ...size, data: grey };
}

/**
 * The region of an upright picture of width × height pixels that the model sees. For `crop` it is that of torchvision's
 * `Resize(shortestEdge)`, which cuts the longer edge to whole pixels, and `CenterCrop`, which rounds half to even.
 */
export function visibleRegion(width: number, height: number, { resize, ...input }: Preprocessing): Region {
  if (resize.fit === "stretch") return { left: 0, top: 0, width, height };
  const [columns, rows] = resize.fit === "crop" ? scaled(width, height, resize.shortestEdge) : [resize.width, resize.height];
  return {
    left: (roundHalfToEven((columns - input.width) / 2) * width) / columns,
    top: (roundHalfToEven((rows - input.height) / 2) * height) / rows,
    width: (input.width * width) / columns,
    height: (input.height * height) / rows,
  };
}

/** Width and height of a picture whose shorter edge is scaled. */
function scaled(width: number, height: number, shortestEdge: number): [number, number] {
  const shorter = Math.min(width, height);
  return [Math.trunc((shortestEdge * width) / shorter), Math.trunc((shortestEdge * height) / shorter)];
}

/** (pixel / 255 − mean) / sd of RGB bytes [height, width, 3], as [3, height, width]. */
export function normalise(
  pixels: Uint8Array,
  width: number,
  height: number,
  mean: Preprocessing["mean"],
  sd: Preprocessing["sd"],
): Tensor {
  const area = width * height;
  const data = new Float32Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < area; i++) data[channel * area + i] = (pixels[3 * i + channel]! / 255 - mean[channel]!) / sd[channel]!;
  }
  return { shape: [3, height, width], data };
}

function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
