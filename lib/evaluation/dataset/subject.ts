import { createHash } from "node:crypto";
import type { Box } from "../../metrics/box.ts";

/** What is to be explained: an image, and one of the classes in it. */
export interface Subject {
  /** The image's path within its folder; where an image has objects of several classes, followed by # and the class. */
  readonly name: string;
  /** The image file. */
  readonly file: string;
  /** The class, a label or an index; the model's most probable one where nothing says which. */
  readonly target?: string;
  /** Where its objects are, in pixels of the image. */
  readonly boxes?: readonly Box[];
}

/** The subjects of a folder, and what it names that is none of them. */
export interface DataSet {
  readonly subjects: readonly Subject[];
  readonly leftOut: readonly LeftOut[];
}

/** Names that are left out for one reason: "named in labels.csv, but not in photos". */
export interface LeftOut {
  readonly why: string;
  readonly names: readonly string[];
}

/** An object in an image, as a data set tells of it. */
export interface LabelledBox {
  readonly label?: string | undefined;
  readonly box: Box;
}

/** The subjects of one image: one for each class that boxes name; all boxes are one subject's where a label was given for the image, or none. */
export function subjectsOf(
  name: string,
  file: string,
  label: string | undefined,
  objects: readonly LabelledBox[],
): readonly Subject[] {
  const labels = label === undefined ? [...new Set(objects.map((object) => object.label))] : [label];
  if (objects.length === 0) return [{ name, file, ...(label !== undefined && { target: label }) }];
  return labels.map((target) => {
    // Boxes without labels are of the image's class.
    const boxes = objects.filter((object) => object.label === undefined || object.label === target).map(({ box }) => box);
    return {
      name: labels.length === 1 || target === undefined ? name : `${name}#${target}`,
      file,
      ...(target !== undefined && { target }),
      ...(boxes.length > 0 && { boxes }),
    };
  });
}

/**
 * The random seed of a subject, for a method that draws and was given none. One seed for all images would draw one random map, or
 * one set of random masks, for all of them; so each image has its own, the same one whenever it is asked about.
 */
export function seedOf({ name }: Pick<Subject, "name">): number {
  return createHash("sha256").update(name).digest().readUInt32BE() >>> 1;
}
