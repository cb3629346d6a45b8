import { open, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { Failure, Row } from "./row.ts";

/** The lines of an evaluation, in a file to which each is added as it comes. */
export interface Record {
  /** What was answered before, the newest line of each question; in the order in which they were first asked. */
  readonly rows: () => readonly Row[];
  readonly failures: () => readonly Failure[];
  readonly isAnswered: (question: Pick<Row, "model" | "subject" | "method">) => boolean;
  /** Adds a line, and returns once it is on the disk. */
  readonly add: (line: Row | Failure) => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Opens rows.ndjson of a folder. A last line that a killed process left unfinished is cut off. Throws a SyntaxError for a file that
 * is no such record.
 */
export async function openRecord(folder: string): Promise<Record> {
  const file = join(folder, "rows.ndjson");
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
  const end = bytes.lastIndexOf("\n") + 1;
  if (end < bytes.length) await truncate(file, end);
  const lines = new Map<string, Row | Failure>();
  for (const text of bytes.toString("utf8", 0, end).split("\n").slice(0, -1)) keep(JSON.parse(text) as Row | Failure);
  const handle = await open(file, "a");

  function keep(line: Row | Failure): void {
    lines.set(keyOf(line), line);
  }

  return {
    rows: () => [...lines.values()].filter(isRow),
    failures: () => [...lines.values()].filter((line) => !isRow(line)) as readonly Failure[],
    isAnswered: (question) => {
      const line = lines.get(keyOf(question));
      return line !== undefined && isRow(line);
    },
    add: async (line) => {
      await handle.appendFile(`${JSON.stringify(line)}\n`);
      await handle.datasync();
      keep(line);
    },
    close: () => handle.close(),
  };
}

function isRow(line: Row | Failure): line is Row {
  return "id" in line;
}

function keyOf({ model, subject, method }: Pick<Row, "model" | "subject" | "method">): string {
  return JSON.stringify([model, subject, method]);
}
