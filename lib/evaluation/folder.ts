import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "../errors.ts";
import { thumbnail } from "../image/thumbnail.ts";

/** The longer side of a picture in the report, in pixels. */
export const PICTURE_SIDE = 224;

/** Makes the folder of an evaluation, or goes on with one. Throws BAD_USER_INPUT where it was begun with other metrics. */
export async function openFolder(folder: string, metrics: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(join(folder, "pictures"), { recursive: true });
  const file = join(folder, "metrics.json");
  const asked = `${JSON.stringify(metrics, null, 2)}\n`;
  const before = await readFile(file, "utf8").catch(() => null);
  if (before !== null && before !== asked) {
    throw new CodedError(
      "BAD_USER_INPUT",
      `${folder} holds an evaluation with other metrics (see ${file}); choose another --out.`,
    );
  }
  if (before === null) await writeFile(file, asked);
}

/** Keeps the picture of a map for the report. */
export async function keepPicture(folder: string, id: string, bytes: Uint8Array): Promise<void> {
  await writeFile(pictureFile(folder, id), await thumbnail(bytes, PICTURE_SIDE));
}

/** The picture of the map that an explanation made; null where none was kept. */
export async function readPicture(folder: string, id: string): Promise<Uint8Array | null> {
  return readFile(pictureFile(folder, id)).catch(() => null);
}

function pictureFile(folder: string, id: string): string {
  return join(folder, "pictures", `${id}.jpg`);
}
