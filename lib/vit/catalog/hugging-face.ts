import { readFile } from "node:fs/promises";
import { basename, dirname, join, posix } from "node:path";
import { z } from "zod";
import { externalFiles } from "../../onnx/external-data.ts";
import { readModelFile } from "../../onnx/model-file.ts";
import { sha256Of } from "./file-hash.ts";
import { inputOf, processorSchema, rectangleSchema } from "./hugging-face-input.ts";
import { readJson } from "./json-file.ts";
import { DELTAS, type Manifest, manifestSchema } from "./manifest.ts";
import { unusable } from "../unusable.ts";

const WEIGHTS = "onnx/model.onnx";
const PROCESSOR = "preprocessor_config.json";
/** The thresholds δ that are not ViT's, by `model_type`. */
const DELTAS_BY_TYPE: Readonly<Record<string, number>> = { swin: DELTAS.stages, swinv2: DELTAS.stages };

const configSchema = z.object({
  model_type: z.string().nullish(),
  image_size: rectangleSchema.nullish(),
  id2label: z
    .record(z.string(), z.string())
    .refine((labels) => Object.keys(labels).every((_, i) => String(i) in labels), {
      error: "expected one label for each number from 0 on",
    })
    .nullish(),
});

/** What a folder in Hugging Face's layout says of its model. */
export interface HubDescription {
  readonly labels: string[] | undefined;
  /** Undefined where there is no preprocessor_config.json, or no size. */
  readonly input: Manifest["input"] | undefined;
  readonly licence: string;
  readonly delta: number | undefined;
}

/**
 * Reads config.json, preprocessor_config.json and the model card. Undefined where the folder has no config.json.
 *
 * @throws CodedError MODEL_UNUSABLE, with the file's name, where one of them says what vitcx cannot do
 */
export async function readHuggingFace(folder: string): Promise<HubDescription | undefined> {
  const config = await readJson(join(folder, "config.json"), configSchema);
  if (!config) return undefined;
  const processor = await readJson(join(folder, PROCESSOR), processorSchema);
  const { id2label } = config;
  return {
    labels: id2label ? Object.keys(id2label).map((_, index) => id2label[index]!) : undefined,
    input: processor && inputOf(processor, config.image_size),
    licence: await licenceIn(folder),
    delta: DELTAS_BY_TYPE[config.model_type ?? ""],
  };
}

/**
 * The manifest of a model in Hugging Face's layout: config.json, preprocessor_config.json and onnx/model.onnx, which puts out
 * logits. Undefined where the folder has no config.json.
 *
 * @throws CodedError MODEL_UNUSABLE, with the file's name, where one of them, or of its weights, is missing or says what vitcx cannot do
 */
export async function manifestFromHuggingFace(folder: string): Promise<Manifest | undefined> {
  const description = await readHuggingFace(folder);
  if (!description) return undefined;
  const { labels, input, licence, delta } = description;
  if (!input) throw unusable(`The file ${join(folder, PROCESSOR)} is missing, or names no image size.`);
  const { success, data, error } = manifestSchema.safeParse({
    id: basename(folder),
    title: basename(folder),
    licence,
    file: WEIGHTS,
    ...(await hashesIn(folder).catch((error: Error) => {
      throw unusable(`The model in ${folder} cannot be used: ${error.message}: ${join(folder, WEIGHTS)}.`, error);
    })),
    labels,
    input,
    output: "logits",
    delta: delta ?? DELTAS.others,
  });
  if (success) return data;
  throw unusable(`The model in ${folder} cannot be used: ${z.prettifyError(error)}`);
}

/** The hashes of the ONNX file and of the files beside it that hold weights: other weights are another model. */
async function hashesIn(folder: string): Promise<Pick<Manifest, "sha256" | "data">> {
  const sha256 = await sha256Of(folder, WEIGHTS);
  const others = externalFiles(await readModelFile(join(folder, WEIGHTS))).filter((name) => name !== basename(WEIGHTS));
  const files = others.map((name) => posix.join(dirname(WEIGHTS), name));
  const data = await Promise.all(files.map(async (file) => ({ file, sha256: await sha256Of(folder, file) })));
  return { sha256, ...(data.length > 0 && { data }) };
}

/** The licence that the model card declares between its first two `---`. */
async function licenceIn(folder: string): Promise<string> {
  const card = await readFile(join(folder, "README.md"), "utf8").catch(() => "");
  const head = /^---\n(.*?)\n---/s.exec(card)?.[1] ?? "";
  return /^license:\s*(\S+)/m.exec(head)?.[1] ?? "unknown";
}
