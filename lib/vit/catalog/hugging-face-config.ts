import { z } from "zod";
import { deviations, rectangleSchema, triple } from "./hugging-face-input.ts";
import type { Manifest } from "./manifest.ts";

const labelText = z.union([z.string(), z.number().transform(String)]);
const count = z.int().positive();

/** What timm writes of a model's input; a null is as good as nothing. */
export const timmSchema = z.object({
  input_size: z.tuple([z.int(), count, count]).nullish(),
  mean: triple.nullish(),
  std: deviations.nullish(),
  crop_pct: z.number().positive().max(1).nullish(),
  crop_mode: z.enum(["center", "squash"], { error: "vitcx knows center and squash" }).nullish(),
  interpolation: z
    .enum(["nearest", "bilinear", "bicubic", "lanczos"], { error: "vitcx knows nearest, bilinear, bicubic and lanczos" })
    .nullish(),
  label_names: z.array(labelText).nullish(),
  label_descriptions: z.record(z.string(), labelText).nullish(),
  num_classes: count.nullish(),
});

const fieldsSchema = z.object({
  model_type: z.string().nullish(),
  image_size: z.union([rectangleSchema, z.tuple([count]).transform(([side]) => ({ height: side, width: side }))]).nullish(),
  id2label: z
    .union([
      z.record(z.string(), labelText),
      z.array(labelText).transform((labels): Record<string, string> => Object.fromEntries(labels.entries())),
    ])
    .nullish(),
  label2id: z.record(z.string(), z.coerce.number().int()).nullish(),
  num_labels: count.nullish(),
  num_classes: count.nullish(),
  label_names: z.array(labelText).nullish(),
  label_descriptions: z.record(z.string(), labelText).nullish(),
  problem_type: z
    .enum(["single_label_classification", "multi_label_classification"], {
      error: "vitcx explains classifiers alone, single_label_classification or multi_label_classification",
    })
    .nullish(),
  pretrained_cfg: timmSchema.nullish(),
});

/** What of config.json vitcx reads, as the transformers library or timm writes it. Timm's older files have all at the top. */
export const configSchema = z.preprocess((config) => {
  const isFlat = typeof config === "object" && config !== null && "input_size" in config && !("pretrained_cfg" in config);
  return isFlat ? { ...config, pretrained_cfg: config } : config;
}, fieldsSchema);

export type Config = z.output<typeof configSchema>;
type TimmConfig = z.output<typeof timmSchema>;

/** Labels in the order of the output, and what people should know of them. */
export interface ReadLabels {
  readonly labels: string[] | undefined;
  readonly notice?: string;
}

/**
 * The labels of a configuration: id2label, from 0 or from 1 on; label2id; timm's names; or numbers, where it says only how many there are.
 *
 * @throws Error, with the field's name, where numbers are left out
 */
export function labelsOf(config: Config): ReadLabels {
  const { pretrained_cfg: timm } = config;
  const [id2label, label2id] = [Object.entries(config.id2label ?? {}), Object.entries(config.label2id ?? {})];
  if (id2label.length > 0) return { labels: inOrder("id2label", new Map(id2label.map(([id, label]) => [Number(id), label]))) };
  if (label2id.length > 0) return { labels: inOrder("label2id", new Map(label2id.map(([label, id]) => [id, label]))) };
  const names = config.label_names ?? timm?.label_names;
  const descriptions = config.label_descriptions ?? timm?.label_descriptions;
  if (names) return { labels: names.map((name) => descriptions?.[name] ?? name) };
  const count = config.num_labels ?? config.num_classes ?? timm?.num_classes;
  if (!count) return { labels: undefined };
  return {
    labels: Array.from({ length: count }, (_, i) => `class ${i}`),
    notice: `config.json has no labels, only their number: they are called "class 0" to "class ${count - 1}" (--labels names them)`,
  };
}

/** The labels by their numbers, the first of which is 0 or 1. */
function inOrder(field: string, labels: ReadonlyMap<number, string>): string[] {
  const first = labels.has(0) ? 0 : 1;
  return Array.from({ length: labels.size }, (_, i) => {
    const label = labels.get(first + i);
    if (label === undefined)
      throw new Error(`${field}: expected one label for each number from 0 or 1 on, got none for ${first + i}`);
    return label;
  });
}

/** The manifest's `input` as timm's evaluation has it: the shorter edge, or both, scaled to the size / crop_pct, and the centre cut out. */
export function timmInput({
  input_size,
  mean,
  std,
  crop_pct,
  crop_mode,
  interpolation,
}: TimmConfig): Manifest["input"] | undefined {
  if (!input_size) return undefined;
  const [, height, width] = input_size;
  const scaled = (length: number) => Math.floor(length / (crop_pct ?? 0.875));
  const resize: Manifest["input"]["resize"] =
    crop_mode === "squash"
      ? { fit: "stretch-crop", height: scaled(height), width: scaled(width) }
      : { fit: "crop", shortestEdge: scaled(Math.min(height, width)) };
  return {
    height,
    width,
    resize,
    mean: mean ?? [0.485, 0.456, 0.406],
    sd: std ?? [0.229, 0.224, 0.225],
    interpolation: interpolation ?? "bilinear",
  };
}
