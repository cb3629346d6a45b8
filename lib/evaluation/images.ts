import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { z } from "zod";
import { CodedError } from "../errors.ts";
import { type LabelledBox, type Subject, subjectsOf } from "./subject.ts";

const ENDINGS = new Set([".jpg", ".jpeg", ".png", ".webp", ".avif"]);

/** Where a data set lies: a folder of images, and what is known of them. */
export interface ImageFolder {
  readonly folder: string;
  /** A file that says which class each image shows. */
  readonly labels?: string | undefined;
  /** A file that says where the objects are. */
  readonly boxes?: string | undefined;
}

/**
 * The subjects of a folder of images and its subfolders, in the order of their names. Throws BAD_USER_INPUT where there is no
 * image, or where a file cannot be read as what it should be, or speaks of an image that is not there.
 */
export async function readImages({ folder, labels, boxes }: ImageFolder): Promise<readonly Subject[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && ENDINGS.has(extname(entry.name).toLowerCase()))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .toSorted();
  if (names.length === 0) throw bad(`There is no image in ${folder}; expected files that end in ${[...ENDINGS].join(", ")}.`);
  const labelOf = labels === undefined ? new Map<string, string>() : await readLabels(labels);
  const boxesOf = boxes === undefined ? new Map<string, readonly LabelledBox[]>() : await readBoxes(boxes);
  const known = new Set(names);
  const missing = [...labelOf.keys(), ...boxesOf.keys()].find((name) => !known.has(name));
  if (missing !== undefined)
    throw bad(`${labelOf.has(missing) ? labels : boxes} speaks of ${missing}, which is not in ${folder}.`);
  return names.flatMap((name) => subjectsOf(name, join(folder, name), labelOf.get(name), boxesOf.get(name) ?? []));
}

/** {"name.png": "label"}, or lines of a name and a label (or an index) with a comma, a tab or a space between them. */
async function readLabels(file: string): Promise<Map<string, string>> {
  const text = await readFile(file, "utf8");
  if (text.trimStart().startsWith("{"))
    return new Map(Object.entries(checked(file, text, labelsSchema)).map(([n, l]) => [n, `${l}`]));
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return new Map(
    lines.map((line) => {
      const [, name, label] = /^([^,\t ]+)[,\t ]\s*(.+?)\s*$/.exec(line) ?? [];
      if (name && label) return [name, label];
      throw bad(`${file}: expected lines of a name and a label, got ${JSON.stringify(line)}.`);
    }),
  );
}

const labelsSchema = z.record(z.string(), z.union([z.string(), z.number()]));

const boxesSchema = z.record(
  z.string(),
  z.array(z.object({ label: z.string().optional(), box: z.tuple([z.number(), z.number(), z.number(), z.number()]) })),
);

/** {"name.png": [{"label": "cat", "box": [left, top, right, bottom]}]}; the label may be left out. */
async function readBoxes(file: string): Promise<Map<string, readonly LabelledBox[]>> {
  const given = checked(file, await readFile(file, "utf8"), boxesSchema);
  const objects = Object.entries(given).map(([name, list]) => {
    const boxes = list.map(({ label, box: [left, top, right, bottom] }) => ({ label, box: { left, top, right, bottom } }));
    return [name, boxes] as const;
  });
  return new Map(objects);
}

function checked<Schema extends z.ZodType>(file: string, text: string, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(parsed(file, text));
  if (result.success) return result.data;
  throw bad(`${file} cannot be used: ${z.prettifyError(result.error)}`);
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodedError("BAD_USER_INPUT", `${file} is not JSON.`, { cause });
  }
}

function bad(message: string): CodedError {
  return new CodedError("BAD_USER_INPUT", message);
}
