import { constants } from "node:fs";
import { access, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { CodedError } from "../../errors.ts";
import { sweep, syncFolder } from "../../filesystem/durable.ts";
import { externalFiles } from "../../onnx/external-data.ts";
import { readModelFile } from "../../onnx/model-file.ts";
import { ADDING } from "./adding.ts";
import { type InstalledModel, installedModel } from "./catalog.ts";
import { sha256Of } from "./file-hash.ts";
import { findPlaces } from "../places/find-places.ts";
import type { PlaceCheck } from "../places/place-check.ts";
import { inspectModel, InspectionRefused } from "./inspect.ts";
import type { Inspection } from "./inspect.ts";
import { DELTAS, type Manifest, manifestSchema } from "./manifest.ts";
import type { SessionOptions } from "../runtime/session.ts";
import { isLogits, multiLabel, OUTPUT_KINDS, type OutputKind } from "./output-kind.ts";
import { unusable } from "../unusable.ts";
import { factsIn, withStated } from "./facts.ts";
import type { Facts } from "./facts.ts";
import type { ModelSource } from "./model-source.ts";
import { checkProbe } from "./verify.ts";

/** What can be known of a model only from people, and the option that says it. */
const ASKED = {
  labels: "its labels (--labels FILE: a JSON list, or a label a line)",
  mean: "the mean of its input (--mean R,G,B, of the 0…1 range)",
  sd: "the standard deviation of its input (--sd R,G,B, or --range 0-255 or 0-1 where the graph normalises by itself)",
  output: `what its output is, which they leave open (--output ${OUTPUT_KINDS.join("|")})`,
  channels: "whether it takes RGB or BGR, for the graph turns its channels around (--channels rgb or bgr)",
} as const;

/** The units of noise and fills for a graph that normalises by itself: those of ImageNet's photographs, as most models have them. */
const UNITS: Readonly<Record<"rgb" | "gray", Pick<Manifest["input"], "mean" | "sd">>> = {
  rgb: { mean: [0.485, 0.456, 0.406], sd: [0.229, 0.224, 0.225] },
  gray: { mean: [0.458, 0.458, 0.458], sd: [0.226, 0.226, 0.226] },
};

/** No model takes a day to add, so what is older was left by a process that was killed: milliseconds. */
const ABANDONED_MS = 24 * 3_600_000;

/**
 * Adds a model to a folder of models: completes its manifest from its files and from what it does, copies it, and checks the
 * copy as it will be used. Nothing is left in the folder where that fails.
 *
 * @param given what the caller says of it, before what its files say
 * @throws CodedError MODEL_UNUSABLE where the model cannot be used, or more must be known of it
 */
export async function addModel(
  models: string,
  source: ModelSource,
  given: Facts = {},
  options: SessionOptions = {},
): Promise<{ model: InstalledModel; inspection: SourceInspection }> {
  const facts = ranged(withStated(await factsIn(source.folder), given));
  const inspection = await inspectSource(source, facts, options);
  const draft = manifestOf(source, facts, inspection);
  const target = join(models, draft.id);
  await refuseTaken(target, draft.id);
  await mkdir(models, { recursive: true });
  await sweep(models, ABANDONED_MS, ADDING);
  const temporary = await mkdtemp(join(models, `${ADDING}${process.pid}-`));
  try {
    const manifest = await fill(temporary, source, draft);
    await checkProbe(installedModel(manifest, temporary), options);
    await rename(temporary, target);
    await syncFolder(models);
    return { model: installedModel(manifest, target), inspection };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** What is known of a model before it is in the catalog; its patches' tokens were found to be where they are said to be. */
export interface SourceInspection extends Omit<Inspection, "maps"> {
  readonly placeCheck: PlaceCheck;
  /** What people should know of it; left out where there is nothing. */
  readonly notices?: readonly string[];
}

/**
 * Inspects a model that is not in the catalog.
 *
 * @throws CodedError MODEL_UNUSABLE, with the file's name
 */
export async function inspectSource(source: ModelSource, facts: Facts, options: SessionOptions = {}): Promise<SourceInspection> {
  try {
    const hints = { size: facts.size, classes: facts.labels?.length, embedding: facts.embedding, input: facts };
    const [model, folder] = [await readModelFile(source.file), dirname(source.file)];
    const { maps, ...inspection } = await inspectModel(model, folder, hints, options);
    const manifest = stubOf(source, inspection);
    const places = await findPlaces({ model, folder, manifest, maps }, options).catch((error: unknown) => {
      throw error instanceof CodedError ? new InspectionRefused(error, inspection.blocks, []) : error;
    });
    const { placeCheck, prefixTokens, order } = places;
    return {
      ...inspection,
      output: { ...inspection.output, kind: outputOf(facts, inspection.output) },
      embedding: { ...inspection.embedding, prefixTokens, ...(order && { order: [...order] }) },
      placeCheck,
      ...(facts.notices?.length && { notices: facts.notices }),
    };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const named = unusable(`${source.file}: ${error.message}.`, error);
    throw error instanceof InspectionRefused ? new InspectionRefused(named, error.blocks, error.candidates) : named;
  }
}

/** A manifest with which a model can be asked before people have said of it what only they know. */
function stubOf({ file }: ModelSource, { input, output, embedding }: Omit<Inspection, "maps">): Manifest {
  return {
    id: "inspected",
    title: "",
    licence: "",
    file: basename(file),
    sha256: "",
    labels: Array.from({ length: output.classes }, String),
    input: {
      width: input.width,
      height: input.height,
      mean: [0.5, 0.5, 0.5],
      sd: [0.5, 0.5, 0.5],
      resize: { fit: "stretch" },
      interpolation: "bilinear",
      ...formOf(input),
    },
    // Which of them, if it cannot be told, does not matter to where the patches are.
    output: output.kind ?? "logits",
    embedding,
    delta: DELTAS.others,
  };
}

/** Facts of a model that is given pixels as a file has them, 0 … 255, with units in which noise and fills mean what they do elsewhere. */
function ranged(facts: Facts): Facts {
  const isRaw = facts.mean?.every((value) => value === 0) && facts.sd?.every((value) => Math.abs(value * 255 - 1) < 1e-6);
  if (!isRaw || facts.range !== undefined) return facts;
  return { ...facts, range: "0-255", ...UNITS[facts.channels === "gray" ? "gray" : "rgb"] };
}

/** What of an input is not as most have it. */
function formOf({ layout, channels, range }: Inspection["input"]): Pick<Manifest["input"], "layout" | "channels" | "range"> {
  return {
    ...(layout !== "nchw" && { layout }),
    ...(channels !== "rgb" && { channels }),
    ...(range !== "normalised" && { range }),
  };
}

function manifestOf(source: ModelSource, given: Facts, inspection: SourceInspection): Manifest {
  const { family, input, output, embedding, placeCheck } = inspection;
  const units: Facts = input.range === "normalised" ? {} : UNITS[input.channels === "gray" ? "gray" : "rgb"];
  const facts = { ...units, ...given };
  // One score is of one label: yes, or no.
  const labels = facts.labels ?? (output.classes === 1 ? ["yes"] : undefined);
  const channels = facts.channels ?? (input.turnsChannels ? undefined : input.channels);
  const known = { labels, mean: facts.mean, sd: facts.sd, output: output.kind ?? undefined, channels };
  const missing = (["labels", "mean", "sd", "output", "channels"] as const)
    .filter((key) => known[key] === undefined)
    .map((key) => ASKED[key]);
  if (missing.length > 0) {
    throw unusable(`${source.file}: the model's files do not say ${new Intl.ListFormat("en").format(missing)}.`);
  }
  if (labels?.length !== output.classes) {
    throw unusable(`${source.file}: expected ${output.classes} labels, one a class of the model, got ${labels?.length}.`);
  }
  const id = facts.id ?? source.name.replaceAll(/[^\w.-]+/g, "-");
  const { success, data, error } = manifestSchema.safeParse({
    id,
    title: facts.title ?? id,
    licence: facts.licence ?? "unknown",
    file: basename(source.file),
    sha256: "0".repeat(64),
    labels,
    input: {
      width: input.width,
      height: input.height,
      mean: facts.mean,
      sd: facts.sd,
      resize: facts.resize ?? { fit: "stretch" },
      interpolation: facts.interpolation ?? "bilinear",
      ...formOf(input),
    },
    output: known.output,
    embedding,
    placeCheck,
    delta: facts.delta ?? (family === "swin" ? DELTAS.stages : DELTAS.others),
  });
  if (success) return data;
  throw unusable(`${source.file}: what is known of the model cannot be used: ${z.prettifyError(error)}`);
}

/**
 * What the caller says, before what the graph shows; labels that do not exclude each other are said by the model's configuration.
 *
 * @throws CodedError MODEL_UNUSABLE where the caller calls logits what are probabilities already
 */
function outputOf({ output, isMultiLabel: isSaid }: Facts, { name, kind }: Inspection["output"]): OutputKind | null {
  if (output !== undefined && kind !== null && isLogits(output) && !isLogits(kind)) {
    throw unusable(`its output "${name}" holds ${kind}, and cannot be read as ${output} once more; leave --output out`);
  }
  if (output !== undefined || kind === null) return output ?? null;
  return isSaid ? (multiLabel(kind) ?? null) : kind;
}

async function refuseTaken(target: string, id: string): Promise<void> {
  const taken = await access(target).then(
    () => true,
    () => false,
  );
  if (taken) throw unusable(`There is a model "${id}" already; give this one another name with --id, or remove that one first.`);
}

/** Copies the files, and writes the manifest with the copies' hashes. */
async function fill(folder: string, source: ModelSource, draft: Manifest): Promise<Manifest> {
  const external = externalFiles(await readModelFile(source.file)).filter((file) => file !== basename(source.file));
  for (const file of [draft.file, ...external]) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await copyFile(join(dirname(source.file), file), join(folder, file), constants.COPYFILE_FICLONE);
  }
  const data = await Promise.all(external.map(async (file) => ({ file, sha256: await sha256Of(folder, file) })));
  const manifest = { ...draft, sha256: await sha256Of(folder, draft.file), ...(data.length > 0 && { data }) };
  await writeFile(join(folder, "manifest.json"), `${JSON.stringify(manifest, undefined, 2)}\n`, { flush: true });
  return manifest;
}
