import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { inputOf, processorSchema, rectangleSchema } from "./hugging-face-input.ts";
import { readJson } from "./json-file.ts";
import { manifestSchema } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";
import { unusable } from "./unusable.ts";

const WEIGHTS = "onnx/model.onnx";
/** The thresholds δ that are not ViT's, by `model_type`. */
const DELTAS: Readonly<Record<string, number>> = { swin: 0.05, swinv2: 0.05 };

const configSchema = z.object({
  model_type: z.string().nullish(),
  image_size: rectangleSchema.nullish(),
  id2label: z.record(z.string(), z.string()).refine((labels) => Object.keys(labels).every((_, i) => String(i) in labels), {
    error: "expected one label for each number from 0 on",
  }),
});

/**
 * The manifest of a model in Hugging Face's layout: config.json, preprocessor_config.json and onnx/model.onnx, which puts out
 * logits. Undefined where the folder has no config.json.
 *
 * @throws CodedError MODEL_UNUSABLE, with the file's name, where one of them is missing or says what vitcx cannot do
 */
export async function manifestFromHuggingFace(folder: string): Promise<Manifest | undefined> {
  const config = await readJson(join(folder, "config.json"), configSchema);
  if (!config) return undefined;
  const processorFile = join(folder, "preprocessor_config.json");
  const processor = await readJson(processorFile, processorSchema);
  const input = processor && inputOf(processor, config.image_size);
  if (!input) throw unusable(`The file ${processorFile} ${processor ? "names no image size" : "is missing"}.`);
  const labels = Object.keys(config.id2label).map((_, index) => config.id2label[index]);
  const { success, data, error } = manifestSchema.safeParse({
    id: basename(folder),
    title: basename(folder),
    licence: await licenceIn(folder),
    file: WEIGHTS,
    sha256: await sha256Of(join(folder, WEIGHTS)),
    labels,
    input,
    output: "logits",
    delta: DELTAS[config.model_type ?? ""] ?? 0.1,
  });
  if (success) return data;
  throw unusable(`The model in ${folder} cannot be used: ${z.prettifyError(error)}`);
}

/** The licence that the model card declares between its first two `---`. */
async function licenceIn(folder: string): Promise<string> {
  const card = await readFile(join(folder, "README.md"), "utf8").catch(() => "");
  const head = /^---\n(.*?)\n---/s.exec(card)?.[1] ?? "";
  return /^license:\s*(\S+)/m.exec(head)?.[1] ?? "unknown";
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk);
  } catch (cause) {
    throw unusable(`The file ${file} cannot be read.`, cause);
  }
  return hash.digest("hex");
}
