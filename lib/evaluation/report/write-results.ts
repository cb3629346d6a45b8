import { createWriteStream } from "node:fs";
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { thumbnail } from "../../image/thumbnail.ts";
import { csvOf } from "./csv.ts";
import { PICTURE_SIDE, readPicture, writeWhole } from "../folder.ts";
import { markdownOf } from "./markdown.ts";
import type { EvaluationLog } from "../evaluation-log.ts";
import { reportOf } from "./report.ts";
import { type Asked, resultsOf } from "./results.ts";
import type { Subject } from "../dataset/subject.ts";

/**
 * Writes what an evaluation comes to so far into its folder, the numbers first and then the page with the pictures of some subjects;
 * returns the tables in Markdown.
 */
export async function writeResults(
  folder: string,
  asked: Asked,
  record: Pick<EvaluationLog, "rows" | "failures">,
  shown: readonly Subject[],
): Promise<string> {
  const rows = record.rows();
  const results = resultsOf(asked, rows, record.failures());
  const markdown = markdownOf(results);
  await writeWhole(join(folder, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
  await writeWhole(join(folder, "results.csv"), csvOf(results.results));
  await writeWhole(join(folder, "results.md"), markdown);

  const files = new Map(shown.map(({ name, file }) => [name, file]));
  const jpeg = (bytes: Uint8Array | null) => bytes && { bytes, type: "image/jpeg" };
  const page = reportOf(results, rows, {
    shown: [...files.keys()],
    pictureOf: async ({ id }) => jpeg(await readPicture(folder, id)),
    imageOf: async (name) => jpeg(await smallImage(files.get(name)!)),
  });
  const file = join(folder, "report.html");
  await pipeline(page, createWriteStream(`${file}.part`));
  await rename(`${file}.part`, file);
  return markdown;
}

/** Null where it is there no longer. */
async function smallImage(file: string): Promise<Uint8Array | null> {
  return readFile(file)
    .then((bytes) => thumbnail(bytes, PICTURE_SIDE))
    .catch(() => null);
}
