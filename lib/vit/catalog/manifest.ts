import { z } from "zod";
import { leadsDown } from "../../onnx/leads-down.ts";
import { isMultiLabel, OUTPUT_KINDS } from "./output-kind.ts";

const positive = z.int().positive();
const divisor = z
  .number()
  .refine((value) => value !== 0, { error: "expected a number other than 0, by which pixels can be divided" });
const triple = z.tuple([z.number(), z.number(), z.number()]);

const file = z.string().refine(leadsDown, { error: "expected a path inside the model's folder" });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What there is to know of a model beside its weights; `manifest.json` in the model's folder. */
export const manifestSchema = z
  .strictObject({
    /** The name that requests use, also the folder's. */
    id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i),
    /** One line for people. */
    title: z.string(),
    licence: z.string(),
    /** The ONNX file, relative to the manifest: images, as `input` says, → [batch, classes]. */
    file,
    /** SHA-256 of that file, hexadecimal. */
    sha256,
    /** Files of weights beside it to which it refers, relative to the manifest. */
    data: z.array(z.strictObject({ file, sha256 })).optional(),
    /** The class names in the order of the output. */
    labels: z.array(z.string()).min(1),
    /** How a picture becomes the model's input. */
    input: z
      .strictObject({
        width: positive,
        height: positive,
        /** Per channel, of the 0…1 range: (pixel − mean) / sd. */
        mean: triple,
        sd: z.tuple([divisor, divisor, divisor]),
        /**
         * `stretch` makes the whole picture width × height. `crop` scales its shorter edge to `shortestEdge`, `stretch-crop` the
         * whole of it to a width and height of its own (as DeiT's), and both cut out the centre.
         */
        resize: z.discriminatedUnion("fit", [
          z.strictObject({ fit: z.literal("stretch") }),
          z.strictObject({ fit: z.literal("crop"), shortestEdge: positive }),
          z.strictObject({ fit: z.literal("stretch-crop"), width: positive, height: positive }),
        ]),
        interpolation: z.enum(["nearest", "bilinear", "bicubic", "lanczos"]),
        /** The order of the graph's axes: channels first, as where it is left out, or last. */
        layout: z.enum(["nchw", "nhwc"]).optional(),
        /** What the graph's channels are; RGB where it is left out. `gray` is one, the luma of a picture. */
        channels: z.enum(["rgb", "bgr", "gray"]).optional(),
        /**
         * What the graph takes: normalised pixels, as where it is left out, or pixels that it normalises by itself. Then mean and sd are but
         * the units in which noise and fills are, and do not change what the model says of an image.
         */
        range: z.enum(["normalised", "0-1", "0-255"]).optional(),
      })
      .refine(({ channels, mean, sd }) => channels !== "gray" || [mean, sd].every((values) => new Set(values).size === 1), {
        error: "expected three equal numbers as mean and as sd of gray images",
      })
      .refine(({ width, height, resize }) => resize.fit !== "crop" || resize.shortestEdge >= Math.max(width, height), {
        error: "expected resize.shortestEdge to be at least the width and the height, which are cut out of it",
      })
      .refine(
        ({ width, height, resize }) => resize.fit !== "stretch-crop" || (resize.width >= width && resize.height >= height),
        {
          error: "expected resize.width and resize.height to be at least the width and the height, which are cut out of them",
        },
      ),
    /** What the model puts out. */
    output: z.enum(OUTPUT_KINDS),
    /** Where the patch embeddings lie; what is left out is found by the graph's shape. */
    embedding: z
      .strictObject({
        /** Name of the tensor in the graph. */
        tensor: z.string(),
        /** Rows and columns of patches. */
        grid: z.tuple([positive, positive]),
        /** Tokens before the patches ([CLS], [DIST], registers). */
        prefixTokens: z.int().nonnegative(),
        /** D, one mask each. */
        channels: positive,
        /**
         * The token of each patch, row by row, counted from 0 over all tokens of one image as they lie in the tensor; left out where the
         * patches follow the prefix row by row.
         */
        order: z.array(z.int().nonnegative()).min(1),
      })
      .partial()
      .default({}),
    /** How the place check went when the model was added: of so many patches changed, whose tokens moved most. */
    placeCheck: z.strictObject({ patches: positive, share: z.number().min(0).max(1), own: z.number().min(0).max(1) }).optional(),
    /** The clustering threshold δ that the paper gives for this kind of model: 0.1 for ViT and DeiT, 0.05 for Swin. */
    delta: z.number().positive().max(2),
  })
  .refine(({ labels, output }) => labels.length > 1 || isMultiLabel(output), {
    path: ["output"],
    error:
      "expected a multi-label kind of output for a single label: of one class alone, a softmax makes 1 whatever the image is",
  });

export type Manifest = z.infer<typeof manifestSchema>;

/** δ, the clustering threshold, as the paper has it for models with stages, and for the others. */
export const DELTAS = { stages: 0.05, others: 0.1 } as const;
