import { readdir } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { XMLParser } from "fast-xml-parser";
import { z } from "zod";
import { CodedError } from "../../errors.ts";
import { readClassNames } from "./classes.ts";
import { imagesIn, leftOut, renamed, unknownOf } from "./images.ts";
import { readLabels } from "./labels.ts";
import { type DataSet, type LabelledBox, type Subject, subjectsOf } from "./subject.ts";
import { readText } from "./text-file.ts";

const side = z.coerce.number();

const schema = z.object({
  annotation: z.object({
    filename: z.string(),
    object: z
      .array(
        z.object({
          name: z.string(),
          difficult: z.coerce.number().default(0),
          bndbox: z.object({ xmin: side, ymin: side, xmax: side, ymax: side }),
        }),
      )
      .default([]),
  }),
});

/** Parts of objects (a person's head) have names and boxes as well, one level further down. */
const parser = new XMLParser({ parseTagValue: false, isArray: (_, path) => path === "annotation.object" });

export interface VocFolder {
  readonly folder: string;
  /** Where the images are; JPEGImages beside the annotations where it is left out. */
  readonly images?: string | undefined;
  /** As of `ImageFolder`: an image's label takes the place of its objects' names. */
  readonly labels?: string | undefined;
  readonly classes?: string | undefined;
}

/**
 * The subjects of a folder in the layout of the Pascal VOC challenge (Everingham et al., IJCV 2010), which ImageNet's boxes have as
 * well: `Annotations/*.xml`, also in subfolders, beside `JPEGImages`; one for each class in each image. Their pixels count from 1, and
 * the last one belongs to the box. Objects that are marked as difficult do not count, as in the pointing game's protocol, and images
 * that are not there are left out. Throws BAD_USER_INPUT for a file that is none of these.
 */
export async function readPascalVoc({
  folder,
  images = join(folder, "JPEGImages"),
  labels,
  classes,
}: VocFolder): Promise<DataSet> {
  const names = await imagesIn(images);
  // ImageNet's annotations name a file without its ending.
  const waysToName = [(name: string) => withoutEnding(basename(name)), basename, withoutEnding, (name: string) => name];
  const known = new Map(waysToName.flatMap((way) => names.map((name) => [way(name), name] as const)));
  const labelled = new Set(names.flatMap((name) => [name, basename(name)]));
  const labelOf = labels === undefined ? new Map<string, string>() : await readLabels(labels, labelled);
  const nameOf = await readClassNames(classes);
  const subjects: Subject[] = [];
  const [missing, difficult, unwanted]: [string[], string[], string[]] = [[], [], []];
  for (const file of await annotationsIn(folder)) {
    const { filename, objects, counted } = await readAnnotation(file);
    const name = known.get(filename) ?? known.get(withoutEnding(basename(filename)));
    if (objects === 0) continue;
    if (name === undefined) {
      missing.push(filename);
      continue;
    }
    const label = labelOf.get(name) ?? labelOf.get(basename(name));
    const found = renamed(label, counted, nameOf);
    if (found && (counted.length > 0 || label !== undefined))
      subjects.push(...subjectsOf(name, join(images, name), found.label, found.objects));
    else (found ? difficult : unwanted).push(name);
  }
  if (subjects.length === 0) throw bad(`There is no annotated object in ${folder}/Annotations whose image is in ${images}.`);
  return {
    subjects,
    leftOut: [
      ...(labels === undefined ? [] : unknownOf(labels, labelOf.keys(), labelled, images)),
      ...leftOut(missing, `annotated, but not in ${images}`),
      ...leftOut(difficult, "with nothing but objects that are marked as difficult"),
      ...leftOut(unwanted, `with nothing but classes that ${classes} leaves out`),
    ],
  };
}

async function annotationsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, "Annotations"), { recursive: true });
  return names
    .filter((name) => name.endsWith(".xml"))
    .toSorted()
    .map((name) => join(folder, "Annotations", name));
}

/** How many objects an annotation has, and those that count. */
async function readAnnotation(file: string): Promise<{ filename: string; objects: number; counted: readonly LabelledBox[] }> {
  const result = schema.safeParse(parsed(file, await readText(file)));
  if (!result.success) throw bad(`${file} cannot be used: ${z.prettifyError(result.error)}`);
  const { filename, object } = result.data.annotation;
  const counted = object
    .filter(({ difficult }) => difficult === 0)
    .map(({ name, bndbox: { xmin, ymin, xmax, ymax } }) => ({
      label: name,
      box: { left: xmin - 1, top: ymin - 1, right: xmax, bottom: ymax },
    }));
  return { filename, objects: object.length, counted };
}

function parsed(file: string, text: string): unknown {
  try {
    return parser.parse(text, true);
  } catch (cause) {
    throw new CodedError("BAD_USER_INPUT", `${file} is not XML.`, { cause });
  }
}

function withoutEnding(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}

function bad(message: string): CodedError {
  return new CodedError("BAD_USER_INPUT", message);
}
