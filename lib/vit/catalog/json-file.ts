import { readFile } from "node:fs/promises";
import { z } from "zod";
import { unusable } from "../unusable.ts";

/**
 * Reads a JSON file of a model's folder; undefined where there is none.
 *
 * @throws CodedError MODEL_UNUSABLE, with the file's name and what is wrong, where it is not what the schema says
 */
export async function readJson<Schema extends z.ZodType>(file: string, schema: Schema): Promise<z.output<Schema> | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw unusable(`The file ${file} cannot be read.`, error);
  });
  if (text === undefined) return undefined;
  const { success, data, error } = schema.safeParse(parse(file, text));
  if (success) return data;
  throw unusable(`The file ${file} cannot be used: ${firstIssues(error)}`);
}

/** The first things that are wrong: a file of a thousand labels would say the same a thousand times. */
function firstIssues(error: z.ZodError): string {
  const shown = error.issues.slice(0, 3);
  const more = error.issues.length - shown.length;
  return z.prettifyError({ issues: shown }) + (more > 0 ? `\nand ${more} more` : "");
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw unusable(`The file ${file} is not JSON.`, cause);
  }
}
