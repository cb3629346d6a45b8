import { open } from "node:fs/promises";
import { join } from "node:path";
import { currentMethodText } from "../../explanation/request/parse-method.ts";
import { readLines } from "../ndjson.ts";
import type { SanityQuestion, SanityRow } from "./row.ts";

/** What a sanity check has found, in a file to which each row is added as it comes. */
export interface SanityRecord {
  /** What was found for the same image, class, weights, seed, stage and method. */
  readonly find: (request: SanityQuestion) => SanityRow | undefined;
  readonly add: (row: SanityRow) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens sanity-check.ndjson of a folder. Lines of earlier versions, which do not say what they are about, count no longer. */
export async function openSanityRecord(folder: string): Promise<SanityRecord> {
  const file = join(folder, "sanity-check.ndjson");
  const rows = new Map<string, SanityRow>();
  await readLines<SanityRow>(
    file,
    ({ model, stage }) => model !== undefined && stage !== undefined,
    (row) => row.given && rows.set(keyOf(row), { ...row, method: currentMethodText(row.method) }),
  );
  const handle = await open(file, "a");
  return {
    find: (request) => rows.get(keyOf(request)),
    add: (row) => handle.appendFile(`${JSON.stringify(row)}\n`),
    close: () => handle.close(),
  };
}

function keyOf({ model, seed, stage, subject, method, given: { image, model: digest, target } }: SanityQuestion): string {
  return JSON.stringify([model, digest, seed, stage.index, subject, image, target, currentMethodText(method)]);
}
