import { createReadStream } from "node:fs";
import { truncate } from "node:fs/promises";
import { CodedError } from "../errors.ts";

/**
 * Hands over each whole line of a file of one JSON value a line, as far as `isLine` knows it for what it should be. What a killed process
 * has left unfinished after the last is cut off; the file may be missing. Throws BAD_USER_INPUT for any other line.
 */
export async function readLines<Line>(
  file: string,
  isLine: (value: Partial<Line>) => boolean,
  onLine: (line: Line) => void,
): Promise<void> {
  let pieces: Uint8Array[] = [];
  let number = 0;
  let end = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = chunk.indexOf("\n"); at !== -1; at = chunk.indexOf("\n", from)) {
        const bytes = Buffer.concat([...pieces, chunk.subarray(from, at)]);
        onLine(parsed(file, bytes.toString("utf8"), ++number, isLine));
        [pieces, from, end] = [[], at + 1, end + bytes.length + 1];
      }
      pieces.push(chunk.subarray(from));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (pieces.some(({ length }) => length > 0)) await truncate(file, end);
}

function parsed<Line>(file: string, text: string, number: number, isLine: (value: Partial<Line>) => boolean): Line {
  try {
    const value = JSON.parse(text) as Partial<Line> | null;
    if (value !== null && isLine(value)) return value as Line;
  } catch {
    // Below.
  }
  throw new CodedError("BAD_USER_INPUT", `Invalid line ${number} in ${file}; correct it or remove it.`);
}
