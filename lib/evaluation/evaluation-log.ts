import { open } from "node:fs/promises";
import { join } from "node:path";
import { currentMethodText } from "../explanation/request/parse-method.ts";
import { readLines } from "./ndjson.ts";
import { type About, type Failure, isLine, keyOf, type Row } from "./row.ts";
import type { StoredRows } from "./stored-rows.ts";

/** The lines of an evaluation, in a file to which each is added as it comes. */
export interface EvaluationLog {
  /** What was answered before, the newest line of each request; in the order in which they were first asked. */
  readonly rows: () => readonly Row[];
  readonly failures: () => readonly Failure[];
  readonly isAnswered: (request: About) => boolean;
  /** Adds a line, and returns once it is on the disk, and in the store where there is one. */
  readonly add: (line: Row | Failure) => Promise<void>;
  /** Counts a line no longer; it stays in the file. */
  readonly forget: (line: About) => void;
  readonly close: () => Promise<void>;
}

/**
 * Opens rows.ndjson of a folder. A last line that a killed process left unfinished is cut off. Curves, which are nearly all of the
 * file, are kept of those lines alone that `isDrawn` names. Lines that a store has and the folder has not are added to it. Throws
 * BAD_USER_INPUT for a file that is no such record.
 */
export async function openEvaluationLog(
  folder: string,
  isDrawn: (line: About) => boolean = () => true,
  stored?: StoredRows,
): Promise<EvaluationLog> {
  const file = join(folder, "rows.ndjson");
  const lines = new Map<string, Row | Failure>();
  await readLines<Row & Failure>(file, isLine, (line) => keep({ ...line, method: currentMethodText(line.method) }));
  const handle = await open(file, "a");
  for (const line of (await stored?.read()) ?? []) {
    const known = lines.get(keyOf(line));
    if (known !== undefined && (isRow(known) || !isRow(line))) continue;
    await handle.appendFile(`${JSON.stringify(line)}\n`);
    keep({ ...line, method: currentMethodText(line.method) });
  }

  function keep(line: Row | Failure): void {
    lines.set(keyOf(line), isRow(line) && !isDrawn(line) ? withoutCurves(line) : line);
  }

  return {
    rows: () => [...lines.values()].filter(isRow),
    failures: () => [...lines.values()].filter((line) => !isRow(line)) as readonly Failure[],
    isAnswered: (request) => {
      const line = lines.get(keyOf(request));
      return line !== undefined && isRow(line);
    },
    add: async (line) => {
      await handle.appendFile(`${JSON.stringify(line)}\n`);
      await handle.datasync();
      await stored?.add(line);
      keep(line);
    },
    forget: (line) => void lines.delete(keyOf(line)),
    close: () => handle.close(),
  };
}

function isRow(line: Row | Failure): line is Row {
  return "id" in line;
}

function withoutCurves(row: Row): Row {
  return { ...row, measured: row.measured.map(({ metric, value }) => ({ metric, value })) };
}
