import { z } from "zod";
import type { Manifest } from "./manifest.ts";

type Input = Manifest["input"];

const side = z.int().positive();
/** Three numbers, one a channel; one is for all three. */
export const triple = z.union([
  z.tuple([z.number(), z.number(), z.number()]),
  z.union([z.number(), z.tuple([z.number()]).transform(([value]) => value)]).transform((value): Triple => [value, value, value]),
]);

/** The same, to divide by. */
export const deviations = triple.refine((sd) => sd.every((value) => value > 0), { error: "expected numbers above 0" });

/** A size in rows and columns; older files write a number for a square, others a list. */
export const rectangleSchema = z.union([
  side.transform((edge) => ({ height: edge, width: edge })),
  z.object({ height: side, width: side }).strict(),
  z.tuple([side, side]).transform(([height, width]) => ({ height, width })),
]);

/** What cannot be done as the processor does it; refused by its name. */
const unsupported = (error: string) => z.literal(false, { error }).nullish();

const absent = (error: string) => z.null({ error }).optional();

/** What of preprocessor_config.json decides how a picture becomes the model's input; a null is as good as nothing. */
export const processorSchema = z.object({
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
  size: z
    .union([rectangleSchema, z.object({ shortest_edge: side }).strict()], {
      error: "expected a number, a height and width, or a shortest_edge alone",
    })
    .nullish(),
  crop_pct: z.number().positive().max(1).nullish(),
  do_resize: z.literal(true, { error: "vitcx always resizes to the model's input" }).nullish(),
  do_center_crop: z.boolean().nullish(),
  crop_size: rectangleSchema.nullish(),
  resample: z.int().min(0).max(3, "vitcx knows nearest (0), lanczos (1), bilinear (2) and bicubic (3)").nullish(),
  do_rescale: z.boolean().nullish(),
  rescale_factor: z.number().positive().nullish(),
  rescale_offset: unsupported("vitcx does not shift by an offset; give --mean and --sd"),
  do_normalize: z.boolean().nullish(),
  do_pad: unsupported("vitcx does not pad"),
  do_thumbnail: unsupported("vitcx does not make thumbnails"),
  do_align_long_axis: unsupported("vitcx does not turn images"),
  do_crop_margin: unsupported("vitcx does not cut off margins"),
  do_grayscale: unsupported("vitcx takes gray images of a model with one channel (--channels gray), and repeats none"),
  do_image_splitting: unsupported("vitcx does not split images"),
  size_divisor: absent("vitcx does not round sizes"),
  max_num_patches: absent("vitcx knows models of one image size"),
  do_flip_channel_order: z.boolean().nullish(),
  image_mean: triple.nullish(),
  image_std: deviations.nullish(),
});

type Processor = z.output<typeof processorSchema>;
type Triple = [number, number, number];
type Rectangle = z.output<typeof rectangleSchema>;

/** `resample` by PIL's numbers. */
const INTERPOLATIONS: readonly Input["interpolation"][] = ["nearest", "lanczos", "bilinear", "bicubic"];
/** From this size on ConvNeXt's processor, which brought in `crop_pct`, squashes instead of cutting. */
const SQUASHED_FROM = 384;

/**
 * The manifest's `input` for a processor of the transformers library; what a file leaves out is as for ViT there.
 *
 * @param imageSize the model's own, for a processor that names none
 * @returns undefined where there is no size at all
 */
export function inputOf(processor: Processor, imageSize: Rectangle | null | undefined): Input | undefined {
  const shape = shapeOf(processor, imageSize);
  const isMobileViT = typeOf(processor).startsWith("MobileViT");
  // MobileViT's processor turns channels around and does not normalise, where it does not say otherwise.
  const { do_flip_channel_order: flips, do_normalize: normalises } = processor;
  const scale = scaleOf({ ...processor, do_normalize: normalises ?? !isMobileViT });
  const interpolation = INTERPOLATIONS[processor.resample ?? 2]!;
  return shape && { ...shape, ...scale, interpolation, ...((flips ?? isMobileViT) && { channels: "bgr" }) };
}

/** What is cut out is cut of a picture with its shorter edge scaled, or of one squashed into a larger rectangle (DeiT's). */
function shapeOf(processor: Processor, imageSize: Rectangle | null | undefined) {
  const { size, crop_pct, do_center_crop, crop_size } = processor;
  const edge = shortestEdge(processor);
  const whole = edge === undefined ? ((size as Rectangle | null | undefined) ?? imageSize) : { height: edge, width: edge };
  if (!whole) return undefined;
  const { height, width } = (do_center_crop ? crop_size : undefined) ?? whole;
  return { height, width, resize: resizeOf({ height, width }, whole, edge, crop_pct ?? undefined) };
}

/** Processors that take a size of one number for the shorter edge; to the others it is a square. */
const BY_SHORTER_EDGE = /^(CLIP|ChineseCLIP|Bit|ConvNext|Levit|MobileNetV[12]|MobileViT|PoolFormer|EfficientFormer)/;

/** What the shorter edge is scaled to; LeViT's processor leaves a margin of 256 to 224 around what is cut out. */
function shortestEdge({ size, ...processor }: Processor): number | undefined {
  const type = typeOf(processor);
  const isSquare = size && "height" in size && size.height === size.width;
  const edge = size && "shortest_edge" in size ? size.shortest_edge : undefined;
  const of = edge ?? (isSquare && BY_SHORTER_EDGE.test(type) ? size.height : undefined);
  return of !== undefined && type.startsWith("Levit") ? Math.floor((256 / 224) * of) : of;
}

function typeOf({ image_processor_type, feature_extractor_type }: Pick<Processor, TypeField>): string {
  return image_processor_type ?? feature_extractor_type ?? "";
}

type TypeField = "image_processor_type" | "feature_extractor_type";

function resizeOf(
  { height, width }: Rectangle,
  whole: Rectangle,
  edge: number | undefined,
  cropPct: number | undefined,
): Input["resize"] {
  const shorter = Math.min(whole.height, whole.width);
  if (cropPct !== undefined ? shorter < SQUASHED_FROM : edge !== undefined) {
    return { fit: "crop", shortestEdge: Math.max(Math.floor(shorter / (cropPct ?? 1)), height, width) };
  }
  const larger = { height: Math.max(whole.height, height), width: Math.max(whole.width, width) };
  const cuts = cropPct === undefined && (larger.height > height || larger.width > width);
  return cuts ? { fit: "stretch-crop", ...larger } : { fit: "stretch" };
}

/** (byte · factor − mean) / sd, written for a byte / 255. */
function scaleOf({ do_rescale, rescale_factor, do_normalize, image_mean, image_std }: Processor) {
  const scale = do_rescale === false ? 255 : 255 * (rescale_factor ?? 1 / 255);
  const half: Triple = [0.5, 0.5, 0.5];
  const [mean, sd] =
    do_normalize === false ? [[0, 0, 0] as Triple, [1, 1, 1] as Triple] : [image_mean ?? half, image_std ?? half];
  const scaled = ([r, g, b]: Triple): Triple => [r / scale, g / scale, b / scale];
  return { mean: scaled(mean), sd: scaled(sd) };
}
