import { open } from "node:fs/promises";
import { join } from "node:path";
import { currentMethodText } from "../explanation/request/parse-method.ts";
import { readLines } from "./ndjson.ts";
import type { About, Failure, Row } from "./row.ts";

/** The lines of an evaluation, in a file to which each is added as it comes. */
export interface EvaluationLog {
  /** What was answered before, the newest line of each request; in the order in which they were first asked. */
  readonly rows: () => readonly Row[];
  readonly failures: () => readonly Failure[];
  readonly isAnswered: (request: About) => boolean;
  /** Adds a line, and returns once it is on the disk. */
  readonly add: (line: Row | Failure) => Promise<void>;
  /** Counts a line no longer; it stays in the file. */
  readonly forget: (line: About) => void;
  readonly close: () => Promise<void>;
}

/**
 * Opens rows.ndjson of a folder. A last line that a killed process left unfinished is cut off. Curves, which are nearly all of the
 * file, are kept of those lines alone that `isDrawn` names. Throws BAD_USER_INPUT for a file that is no such record.
 */
export async function openEvaluationLog(folder: string, isDrawn: (line: About) => boolean = () => true): Promise<EvaluationLog> {
  const file = join(folder, "rows.ndjson");
  const lines = new Map<string, Row | Failure>();
  await readLines<Row & Failure>(
    file,
    ({ model, measured, error }) => model !== undefined && (measured ?? error) !== undefined,
    (line) => keep({ ...line, method: currentMethodText(line.method) }),
  );
  const handle = await open(file, "a");

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
      keep(line);
    },
    forget: (line) => void lines.delete(keyOf(line)),
    close: () => handle.close(),
  };
}

/** Which request a line answers, as far as names tell it. */
export function keyOf({ model, subject, method }: About): string {
  return JSON.stringify([model, subject, method]);
}

function isRow(line: Row | Failure): line is Row {
  return "id" in line;
}

function withoutCurves(row: Row): Row {
  return { ...row, measured: row.measured.map(({ metric, value }) => ({ metric, value })) };
}
