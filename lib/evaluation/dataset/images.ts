import { readdir } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { z } from "zod";
import { CodedError } from "../../errors.ts";
import { type ClassNames, readClassNames } from "./classes.ts";
import { ENDINGS, readLabels } from "./labels.ts";
import { type DataSet, type LabelledBox, type LeftOut, subjectsOf } from "./subject.ts";
import { parseJson, readText } from "./text-file.ts";

/** Where a data set lies: a folder of images, and what is known of them. */
export interface ImageFolder {
  readonly folder: string;
  /** A file that says which class each image shows. */
  readonly labels?: string | undefined;
  /** A file that says where the objects are. */
  readonly boxes?: string | undefined;
  /** A file that says what the model calls the classes. */
  readonly classes?: string | undefined;
}

/**
 * The subjects of a folder of images and its subfolders, in the order of their names. What the files name and the folder does not
 * hold is left out, and so is what the classes say. Throws BAD_USER_INPUT where there is no image, or where a file cannot be read as
 * what it should be.
 */
export async function readImages({ folder, labels, boxes, classes }: ImageFolder): Promise<DataSet> {
  const names = await imagesIn(folder);
  if (names.length === 0) {
    throw new CodedError(
      "BAD_USER_INPUT",
      `There is no image in ${folder}; expected files that end in ${[...ENDINGS].join(", ")}.`,
    );
  }
  const known = new Set(names);
  const nameOf = await readClassNames(classes);
  const labelOf = labels === undefined ? new Map<string, string>() : await readLabels(labels, known);
  const boxesOf = boxes === undefined ? new Map<string, readonly LabelledBox[]>() : await readBoxes(boxes);
  const unwanted: string[] = [];
  const subjects = names.flatMap((name) => {
    const found = renamed(labelOf.get(name), boxesOf.get(name) ?? [], nameOf);
    if (found) return subjectsOf(name, join(folder, name), found.label, found.objects);
    unwanted.push(name);
    return [];
  });
  const missing = [
    ...(labels === undefined ? [] : unknownOf(labels, labelOf.keys(), known, folder)),
    ...(boxes === undefined ? [] : unknownOf(boxes, boxesOf.keys(), known, folder)),
  ];
  return { subjects, leftOut: [...missing, ...leftOut(unwanted, `of classes that ${classes} leaves out`)] };
}

/** What a file names that is not in the folder. Throws BAD_USER_INPUT where that is all of it: then it is about another folder. */
export function unknownOf(file: string, names: Iterable<string>, known: ReadonlySet<string>, folder: string): readonly LeftOut[] {
  const all = [...names];
  const unknown = all.filter((name) => !known.has(name));
  if (all.length > 0 && unknown.length === all.length) {
    throw new CodedError("BAD_USER_INPUT", `Of the images that ${file} names, as ${all[0]}, none is in ${folder}.`);
  }
  return leftOut(unknown, `named in ${file}, but not in ${folder}`);
}

/** The names of the images in a folder and its subfolders, with / between them. */
export async function imagesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && ENDINGS.has(extname(entry.name).toLowerCase()))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .toSorted();
}

/** Label and objects of an image by the model's names; null where nothing of it is wanted. */
export function renamed(
  label: string | undefined,
  objects: readonly LabelledBox[],
  nameOf: ClassNames,
): { readonly label: string | undefined; readonly objects: readonly LabelledBox[] } | null {
  const name = label === undefined ? undefined : nameOf(label);
  if (name === null) return null;
  const named = objects.flatMap((object) => {
    if (object.label === undefined) return [object];
    const other = nameOf(object.label);
    return other === null ? [] : [{ ...object, label: other }];
  });
  return objects.length > 0 && named.length === 0 && name === undefined ? null : { label: name, objects: named };
}

/** One entry, or none where there is nothing to name. */
export function leftOut(names: readonly string[], why: string): readonly LeftOut[] {
  return names.length === 0 ? [] : [{ why, names }];
}

const boxesSchema = z.record(
  z.string(),
  z.array(z.object({ label: z.string().optional(), box: z.tuple([z.number(), z.number(), z.number(), z.number()]) })),
);

/** {"name.png": [{"label": "cat", "box": [left, top, right, bottom]}]}; the label may be left out. */
async function readBoxes(file: string): Promise<ReadonlyMap<string, readonly LabelledBox[]>> {
  const given = parseJson(file, await readText(file), boxesSchema);
  const objects = Object.entries(given).map(([name, list]) => {
    const boxes = list.map(({ label, box: [left, top, right, bottom] }) => ({ label, box: { left, top, right, bottom } }));
    return [name, boxes] as const;
  });
  return new Map(objects);
}
