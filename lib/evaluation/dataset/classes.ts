import { z } from "zod";
import { parseJson, readText } from "./text-file.ts";

/** What a model calls a class of a data set; null where it is to be left out. */
export type ClassNames = (label: string) => string | null;

/** {"aeroplane": "airliner", "person": null}; what is not named keeps its name. */
export async function readClassNames(file: string | undefined): Promise<ClassNames> {
  if (file === undefined) return (label) => label;
  const names = parseJson(file, await readText(file), z.record(z.string(), z.union([z.string(), z.number(), z.null()])));
  return (label) => {
    const name = Object.hasOwn(names, label) ? names[label] : label;
    return name === null ? null : `${name}`;
  };
}
