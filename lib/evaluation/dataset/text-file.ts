import { readFile } from "node:fs/promises";
import { z } from "zod";
import { CodedError } from "../../errors.ts";

/** The text of a file that somebody made, without the mark that some editors put before it. */
export async function readText(file: string): Promise<string> {
  return (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
}

/** The value of a JSON text. Throws BAD_USER_INPUT where it is another than the schema says. */
export function parseJson<Schema extends z.ZodType>(file: string, text: string, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(parsed(file, text));
  if (result.success) return result.data;
  throw new CodedError("BAD_USER_INPUT", `${file} cannot be used: ${z.prettifyError(result.error)}`);
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodedError("BAD_USER_INPUT", `${file} is not JSON.`, { cause });
  }
}
