import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson } from "../explanation/request/canonical-json.ts";
import { CodedError } from "../errors.ts";
import { thumbnail } from "../image/thumbnail.ts";

/** The longer side of a picture in the report, in pixels. */
export const PICTURE_SIDE = 224;

type Metrics = Readonly<Record<string, unknown>>;

/**
 * Makes the folder of an evaluation, or goes on with one. `complete` fills in a metric's options, so that those which are left out
 * and those which are spelled out are the same. Throws BAD_USER_INPUT where it was begun with other metrics.
 */
export async function openFolder(folder: string, metrics: Metrics, complete: (given: Metrics) => Metrics): Promise<void> {
  await mkdir(join(folder, "pictures"), { recursive: true });
  const file = join(folder, "metrics.json");
  const before = await readFile(file, "utf8").catch(() => "");
  const asked = metricsText(complete(metrics));
  // Nothing is in it where a process was killed as it wrote its first file.
  if (before.trim() === "") return writeWhole(file, asked);
  if (metricsText(complete(parsed(file, before))) !== asked) {
    throw new CodedError(
      "BAD_USER_INPUT",
      `${folder} holds an evaluation with other metrics (see ${file}); choose another --out.`,
    );
  }
}

/** Writes a file that is there as a whole or not at all. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
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

function parsed(file: string, text: string): Metrics {
  try {
    return JSON.parse(text) as Metrics;
  } catch (cause) {
    throw new CodedError("BAD_USER_INPUT", `${file} is not JSON; choose another --out.`, { cause });
  }
}

/** The same for the same metrics. */
export function metricsText(metrics: Metrics): string {
  return `${canonicalJson(metrics, 2)}\n`;
}
