import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { thumbnail } from "../image/thumbnail.ts";
import { csvOf } from "./csv.ts";
import { PICTURE_SIDE, readPicture } from "./folder.ts";
import { markdownOf } from "./markdown.ts";
import type { Record } from "./record.ts";
import { reportOf } from "./report.ts";
import { type Asked, resultsOf } from "./results.ts";
import type { Subject } from "./subject.ts";

/** Writes what an evaluation comes to so far into its folder, with the pictures of some subjects; returns the tables in Markdown. */
export async function writeResults(
  folder: string,
  asked: Asked,
  record: Pick<Record, "rows" | "failures">,
  shown: readonly Subject[],
): Promise<string> {
  const rows = record.rows();
  const results = resultsOf(asked, rows, record.failures());
  const markdown = markdownOf(results);
  const files = new Map(shown.map(({ name, file }) => [name, file]));
  const jpeg = (bytes: Uint8Array | null) => bytes && { bytes, type: "image/jpeg" };
  const report = await reportOf(results, rows, {
    shown: [...files.keys()],
    pictureOf: async ({ id }) => jpeg(await readPicture(folder, id)),
    imageOf: async (name) => jpeg(await thumbnail(await readFile(files.get(name)!), PICTURE_SIDE)),
  });
  await writeFile(join(folder, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(join(folder, "results.csv"), csvOf(results.results));
  await writeFile(join(folder, "results.md"), markdown);
  await writeFile(join(folder, "report.html"), report);
  return markdown;
}
