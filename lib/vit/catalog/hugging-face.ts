import { readableGraph } from "../../onnx/as-if-float.ts";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, posix } from "node:path";
import { z } from "zod";
import { externalFiles } from "../../onnx/external-data.ts";
import { readModelFile } from "../../onnx/model-file.ts";
import { scoresOutput } from "../graph/scores-output.ts";
import { multiLabel } from "./output-kind.ts";
import { sha256Of } from "./file-hash.ts";
import { type Config, configSchema, labelsOf, type ReadLabels, timmInput, timmSchema } from "./hugging-face-config.ts";
import { inputOf, processorSchema } from "./hugging-face-input.ts";
import { readJson } from "./json-file.ts";
import { DELTAS, type Manifest, manifestSchema } from "./manifest.ts";
import { unusable } from "../unusable.ts";

const WEIGHTS = "onnx/model.onnx";
const PROCESSOR = "preprocessor_config.json";
/** The thresholds δ that are not ViT's, by `model_type`. */
const DELTAS_BY_TYPE: Readonly<Record<string, number>> = { swin: DELTAS.stages, swinv2: DELTAS.stages };

/** What a folder in Hugging Face's layout says of its model. */
export interface HubDescription {
  readonly labels: string[] | undefined;
  /** Whether labels do not exclude each other. */
  readonly isMultiLabel: boolean;
  /** Undefined where there is no preprocessor_config.json, or no size. */
  readonly input: Manifest["input"] | undefined;
  readonly licence: string;
  readonly delta: number | undefined;
  /** What people should know of it. */
  readonly notices: readonly string[];
}

/**
 * Reads config.json, preprocessor_config.json and the model card. Undefined where the folder has no config.json.
 *
 * @throws CodedError MODEL_UNUSABLE, with the file's name, where one of them says what vitcx cannot do
 */
export async function readHuggingFace(folder: string): Promise<HubDescription | undefined> {
  const config = await readJson(join(folder, "config.json"), configSchema);
  if (!config) return undefined;
  const processor =
    (await readJson(join(folder, PROCESSOR), anyProcessorSchema)) ??
    (await readJson(join(folder, "processor_config.json"), nestedProcessorSchema))?.image_processor;
  const { labels, notice } = readLabels(folder, config);
  const timm = timmInput(processor?.pretrained_cfg ?? config.pretrained_cfg ?? {});
  return {
    labels,
    isMultiLabel: config.problem_type === "multi_label_classification",
    input: processor && !processor.pretrained_cfg ? inputOf(processor, config.image_size) : timm,
    licence: await licenceIn(folder),
    delta: DELTAS_BY_TYPE[config.model_type ?? ""],
    notices: notice === undefined ? [] : [notice],
  };
}

/** The transformers library's processor, or timm's within it. */
const anyProcessorSchema = processorSchema.extend({ pretrained_cfg: timmSchema.nullish() });
/** Newer files have all processors of a model in one. */
const nestedProcessorSchema = z.object({ image_processor: anyProcessorSchema.nullish() });

function readLabels(folder: string, config: Config): ReadLabels {
  try {
    return labelsOf(config);
  } catch (error) {
    throw unusable(`The file ${join(folder, "config.json")} cannot be used: ${(error as Error).message}.`, error);
  }
}

/**
 * The manifest of a model in Hugging Face's layout: config.json, preprocessor_config.json and onnx/model.onnx. Undefined where the
 * folder has no config.json.
 *
 * @throws CodedError MODEL_UNUSABLE, with the file's name, where one of them, or of its weights, is missing or says what vitcx cannot do
 */
export async function manifestFromHuggingFace(folder: string): Promise<Manifest | undefined> {
  const description = await readHuggingFace(folder);
  if (!description) return undefined;
  const { labels, input, licence, delta, isMultiLabel } = description;
  if (!input) throw unusable(`The file ${join(folder, PROCESSOR)} is missing, or names no image size.`);
  const { success, data, error } = manifestSchema.safeParse({
    id: basename(folder),
    title: basename(folder),
    licence,
    file: WEIGHTS,
    ...(await weightsIn(folder, labels?.length, isMultiLabel).catch((error: Error) => {
      throw unusable(`The model in ${folder} cannot be used: ${error.message}: ${join(folder, WEIGHTS)}.`, error);
    })),
    labels,
    input,
    delta: delta ?? DELTAS.others,
  });
  if (success) return data;
  throw unusable(`The model in ${folder} cannot be used: ${z.prettifyError(error)}`);
}

/**
 * What the output of the ONNX file means, and the hashes of it and of the files beside it that hold weights: other weights are another
 * model.
 */
async function weightsIn(
  folder: string,
  classes: number | undefined,
  isSaid: boolean,
): Promise<Pick<Manifest, "sha256" | "data" | "output">> {
  const sha256 = await sha256Of(folder, WEIGHTS);
  const model = await readModelFile(join(folder, WEIGHTS));
  const { kind } = scoresOutput(readableGraph(model), classes);
  const output = isSaid && kind ? multiLabel(kind) : kind;
  if (output === undefined) throw unusable("its files leave open what its output is; say it with `models add --output`");
  const others = externalFiles(model).filter((name) => name !== basename(WEIGHTS));
  const files = others.map((name) => posix.join(dirname(WEIGHTS), name));
  const data = await Promise.all(files.map(async (file) => ({ file, sha256: await sha256Of(folder, file) })));
  return { sha256, output, ...(data.length > 0 && { data }) };
}

/** The licence that the model card declares between its first two `---`. */
async function licenceIn(folder: string): Promise<string> {
  const card = await readFile(join(folder, "README.md"), "utf8").catch(() => "");
  const head = /^---\n(.*?)\n---/s.exec(card)?.[1] ?? "";
  return /^license:\s*(\S+)/m.exec(head)?.[1] ?? "unknown";
}
