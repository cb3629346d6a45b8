import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { XMLParser } from "fast-xml-parser";
import { z } from "zod";
import { CodedError } from "../errors.ts";
import { type Subject, subjectsOf } from "./subject.ts";

const side = z.coerce.number();

const schema = z.object({
  annotation: z.object({
    filename: z.string(),
    object: z
      .array(z.object({ name: z.string(), bndbox: z.object({ xmin: side, ymin: side, xmax: side, ymax: side }) }))
      .default([]),
  }),
});

/** Parts of objects (a person's head) have names and boxes as well, one level further down. */
const parser = new XMLParser({ parseTagValue: false, isArray: (_, path) => path === "annotation.object" });

/**
 * The subjects of a folder in the layout of the Pascal VOC challenge (Everingham et al., IJCV 2010): `Annotations/*.xml` beside
 * `JPEGImages`; one for each class in each image. Their pixels count from 1, and the last one belongs to the box. Throws
 * BAD_USER_INPUT for a file that is none of these.
 */
export async function readPascalVoc(folder: string): Promise<readonly Subject[]> {
  const files = (await readdir(join(folder, "Annotations"))).filter((name) => name.endsWith(".xml")).toSorted();
  const subjects: Subject[] = [];
  for (const name of files) subjects.push(...(await readAnnotation(folder, join(folder, "Annotations", name))));
  if (subjects.length === 0) throw new CodedError("BAD_USER_INPUT", `There is no annotated object in ${folder}/Annotations.`);
  return subjects;
}

async function readAnnotation(folder: string, file: string): Promise<readonly Subject[]> {
  const result = schema.safeParse(parsed(file, await readFile(file, "utf8")));
  if (!result.success) throw new CodedError("BAD_USER_INPUT", `${file} cannot be used: ${z.prettifyError(result.error)}`);
  const { filename, object } = result.data.annotation;
  const objects = object.map(({ name, bndbox: { xmin, ymin, xmax, ymax } }) => ({
    label: name,
    box: { left: xmin - 1, top: ymin - 1, right: xmax, bottom: ymax },
  }));
  return objects.length === 0 ? [] : subjectsOf(filename, join(folder, "JPEGImages", filename), undefined, objects);
}

function parsed(file: string, text: string): unknown {
  try {
    return parser.parse(text, true);
  } catch (cause) {
    throw new CodedError("BAD_USER_INPUT", `${file} is not XML.`, { cause });
  }
}
