import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readHuggingFace } from "./hugging-face.ts";
import { readJson } from "./json-file.ts";
import { manifestSchema } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";
import { unusable } from "../unusable.ts";

type Input = Manifest["input"];

/** What is known of a model beside its ONNX file. */
export interface Facts extends Partial<Pick<Manifest, "id" | "title" | "licence" | "labels" | "output" | "embedding" | "delta">> {
  /** Whether its configuration says that labels do not exclude each other. */
  readonly isMultiLabel?: boolean;
  /** What people should know of these facts. */
  readonly notices?: readonly string[];
  readonly size?: { readonly height: number; readonly width: number };
  readonly mean?: Input["mean"];
  readonly sd?: Input["sd"];
  readonly resize?: Input["resize"];
  readonly interpolation?: Input["interpolation"];
  readonly layout?: Input["layout"];
  readonly channels?: Input["channels"];
  readonly range?: Input["range"];
}

/** What a folder says of its model: its manifest.json, or its config.json and preprocessor_config.json. */
export async function factsIn(folder: string): Promise<Facts> {
  const manifest = await readJson(join(folder, "manifest.json"), manifestSchema);
  if (manifest) return { ...manifest, ...inputFacts(manifest.input) };
  const description = await readHuggingFace(folder);
  if (!description) return {};
  const { labels, input, licence, delta, isMultiLabel, notices } = description;
  return {
    licence,
    isMultiLabel,
    notices,
    ...(labels && { labels }),
    ...(delta !== undefined && { delta }),
    ...(input && inputFacts(input)),
  };
}

/** The same facts, with those that the caller states before them. */
export function withStated(facts: Facts, stated: Facts): Facts {
  // They are of labels that have no names.
  const notices = stated.labels ? [] : facts.notices;
  return { ...facts, ...(notices && { notices }), ...stated };
}

function inputFacts({ height, width, ...input }: Input): Facts {
  return { size: { height, width }, ...input };
}

const label = z.union([z.string(), z.number().transform(String)]);
const labelsSchema = z.union([z.array(label), z.record(z.string(), label)]);

/**
 * The labels in a file: a JSON list, a JSON object from numbers, from 0 or 1 on, to labels, or a label a line.
 *
 * @throws CodedError MODEL_UNUSABLE where it cannot be read
 */
export async function readLabels(file: string): Promise<string[]> {
  if (file.endsWith(".json")) {
    const labels = await readJson(file, labelsSchema);
    if (labels === undefined) throw unusable(`There is no file "${file}" of labels.`);
    if (Array.isArray(labels)) return labels;
    const first = "0" in labels ? 0 : 1;
    return Object.keys(labels).map((_, index) => labels[first + index] ?? noLabel(file, first + index));
  }
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw unusable(`The file "${file}" of labels cannot be read.`, cause);
  });
  return text
    .replace(/^\uFEFF/, "")
    .replace(/\r?\n$/, "")
    .split(/\r?\n/);
}

function noLabel(file: string, index: number): never {
  throw unusable(`The file ${file} has no label for ${index}; expected one for each number from 0 or 1 on.`);
}
