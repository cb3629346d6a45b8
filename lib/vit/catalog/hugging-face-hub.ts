import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { downloadFile, HubApiError, listFiles } from "@huggingface/hub";
import type { ListFileEntry } from "@huggingface/hub";
import { CodedError } from "../../errors.ts";
import { nullWhereAbsent } from "../../filesystem/durable.ts";

export interface HubOptions {
  /** Where the hub is; the public one where it is left out. */
  readonly endpoint?: string | undefined;
  /** An access token, `hf_…`, for repositories that are not public. */
  readonly token?: string | undefined;
  /** The ONNX file's path in the repository; by default the one in float32, then float16, then the quantised. */
  readonly file?: string | undefined;
  /** Told of the bytes that have come and that there will be, of all files together. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was downloaded. */
export interface HubModel {
  /** The ONNX file's path in the folder. */
  readonly file: string;
  /** Why that one, in a sentence, where there are others. */
  readonly why?: string;
}

const DESCRIPTIONS = ["config.json", "preprocessor_config.json", "processor_config.json", "README.md"];
/** What exporters call a model that is whole; others hold a part, as `text_model` does. */
const USUAL_NAME = "model";

/**
 * Downloads what explains a model of the Hugging Face hub: its ONNX file with its external data, and the files that describe it.
 * What a broken download has left in the folder is resumed; every file's hash is checked against the hub's.
 *
 * @param repository "owner/name"
 * @throws CodedError MODEL_UNUSABLE where there is no such repository or no ONNX file in it, or the hub cannot be asked
 */
export async function downloadModel(repository: string, folder: string, options: HubOptions = {}): Promise<HubModel> {
  const place = {
    repo: { type: "model" as const, name: repository },
    ...(options.endpoint !== undefined && { hubUrl: options.endpoint.replace(/\/$/, "") }),
    ...(options.token !== undefined && { accessToken: options.token }),
  };
  try {
    const files: ListFileEntry[] = [];
    for await (const entry of listFiles({ ...place, recursive: true })) if (entry.type === "file") files.push(entry);
    const model = onnxFile(repository, files, options.file);
    const wanted = files.filter(({ path }) => DESCRIPTIONS.includes(path) || path === model.file || isDataOf(model.file, path));
    const total = wanted.reduce((sum, { size }) => sum + size, 0);
    let done = 0;
    for (const file of wanted) {
      // Not by the xet protocol: a download by plain ranges can be resumed.
      const blob = () => downloadFile({ ...place, path: file.path, xet: false });
      await download(file, blob, folder, (bytes) => options.onProgress?.(done + bytes, total));
      done += file.size;
    }
    return model;
  } catch (error) {
    throw asSentence(error, repository);
  }
}

/** What a file's name says of its numbers, the preferred first: the nearer to the weights that were trained, the truer the map. */
const PRECISIONS = [
  { name: "float32", suffix: /[_-](fp32|float32)$/ },
  { name: "float16", suffix: /[_-](fp16|float16|half)$/ },
  { name: "8 bits", suffix: /[_-](quantized|quantised|quant|int8|uint8|q8)$/ },
  { name: "4 bits", suffix: /[_-](q4|bnb4|int4|uint4|q4f16)$/ },
] as const;

/** An ONNX file of a repository; without a precision in its name it is the float32 that exports are. */
function readName(path: string) {
  const stem = basename(path, ".onnx");
  const found = PRECISIONS.findIndex(({ suffix }) => suffix.test(stem));
  const precision = Math.max(0, found);
  return { path, precision, model: found < 0 ? stem : stem.replace(PRECISIONS[precision]!.suffix, "") };
}

function onnxFile(repository: string, files: readonly ListFileEntry[], wanted: string | undefined): HubModel {
  const found = files.map(({ path }) => path).filter((path) => path.endsWith(".onnx"));
  if (wanted !== undefined && found.includes(wanted)) return { file: wanted };
  const all = found.map(readName);
  const isOne = new Set(all.map(({ model }) => model)).size === 1;
  const [best, ...others] = all
    .filter(({ model }) => isOne || model === USUAL_NAME)
    .toSorted((a, b) => a.precision - b.precision || placeOf(a.path) - placeOf(b.path));
  if (wanted === undefined && best)
    return others.length === 0 ? { file: best.path } : { file: best.path, why: reason(best, others) };
  if (found.length > 0) throw unusable(`The repository ${repository} holds ${found.join(", ")}; say which with --file.`);
  const exported = `optimum-cli export onnx --model ${repository} --task image-classification --opset 17 ${repository.split("/")[1]}-onnx`;
  throw unusable(`The repository ${repository} holds no ONNX file. Make one with "${exported}", and add that folder.`);
}

/** Exporters put files into onnx/, or at the top. */
function placeOf(path: string): number {
  return ["onnx", "."].indexOf(dirname(path)) + 1 || 3;
}

function reason({ path, precision }: ReturnType<typeof readName>, others: readonly { readonly path: string }[]): string {
  const missing = PRECISIONS.slice(0, precision).map(({ name }) => name);
  const why =
    missing.length === 0
      ? "it is in float32"
      : `there is none in ${missing.join(" or ")}, and this is in ${PRECISIONS[precision]!.name}`;
  return `took ${path}, for ${why}; there are also ${others.map((other) => other.path).join(", ")} (--file takes another)`;
}

/** Large models keep their weights in model.onnx_data, model.onnx_data_1 or model.onnx.data beside model.onnx. */
function isDataOf(model: string, path: string): boolean {
  return path.startsWith(`${model}_data`) || path === `${model}.data`;
}

/** Downloads one file, from where an earlier download of the same content has ended. */
async function download(
  file: ListFileEntry,
  blob: () => Promise<Blob | null>,
  folder: string,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const path = join(folder, file.path);
  if ((await nullWhereAbsent(stat(path)))?.size === file.size && (await hasHash(path, file))) return onProgress(file.size);
  const hash = file.lfs?.oid ?? file.oid ?? "";
  const partial = `${path}.${hash.slice(0, 16)}.part`;
  await mkdir(dirname(path), { recursive: true });
  const had = (await nullWhereAbsent(stat(partial)))?.size ?? 0;
  const start = had < file.size ? had : 0;
  const content = await blob();
  if (!content) throw unusable(`The hub lists the file ${file.path} but does not have it.`);
  let done = start;
  const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      done += chunk.length;
      onProgress(done);
      yield chunk;
    }
  };
  const rest = (start === 0 ? content : content.slice(start, file.size)).stream() as ReadableStream;
  await pipeline(Readable.fromWeb(rest), counted, createWriteStream(partial, { flags: start === 0 ? "w" : "a", flush: true }));
  if (!(await hasHash(partial, file))) {
    await rm(partial);
    throw unusable(`The file ${file.path} came with other content than the hub says (its hash is not ${hash}); try again.`);
  }
  await rename(partial, path);
}

/** Whether a file's hash is the hub's: SHA-256 of large files, the Git blob's SHA-1 of those that Git itself keeps. */
async function hasHash(path: string, { size, lfs, oid }: ListFileEntry): Promise<boolean> {
  const hash = createHash(lfs ? "sha256" : "sha1");
  if (!lfs) hash.update(`blob ${size}\0`);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex") === (lfs?.oid ?? oid);
}

function asSentence(error: unknown, repository: string): unknown {
  if (error instanceof CodedError) return error;
  if (error instanceof HubApiError) {
    const { statusCode } = error;
    const denied = statusCode === 401 || statusCode === 403;
    const why = denied ? "it does not exist, or HF_TOKEN must be set to a token that may read it" : `it answered ${statusCode}`;
    return unusable(`The hub does not give the repository ${repository}: ${statusCode === 404 ? "there is none" : why}.`, error);
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return unusable(
    `The repository ${repository} cannot be downloaded: ${cause instanceof Error ? cause.message : String(cause)}.`,
    error,
  );
}

function unusable(sentence: string, cause?: unknown): CodedError {
  return new CodedError("MODEL_UNUSABLE", sentence, { cause });
}
