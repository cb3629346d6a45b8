import { CodedError } from "../../errors.ts";
import type { ObjectStore, StoredFile } from "../../storage/object-store.ts";
import { takeOverDeletion } from "../delete/delete.ts";
import type { Deps } from "../deps.ts";
import { keys, parseHistoryEntry } from "../keys.ts";
import { isFinished } from "../log/events.ts";
import { fold } from "../log/fold.ts";
import { type Log, readLogOrTombstone, unlessUnreadable } from "../log/log.ts";
import { parseLog } from "../log/parse-log.ts";
import { filesOf } from "../results/summary.ts";
import { byExplanation } from "./stored-file.ts";

/** What can be wrong with a folder store. */
export type ProblemKind =
  | "damaged-log"
  | "newer-log"
  | "missing-files"
  | "missing-history"
  | "no-explanation"
  | "cut-short-deletion"
  | "old-upload"
  | "temporary-file";

/** Something that is wrong, and what was done about it. */
export interface Problem {
  readonly kind: ProblemKind;
  /** The key of the object, or of the folder of the explanation. */
  readonly key: string;
  /** What is wrong, or was, in a sentence. */
  readonly message: string;
  readonly repaired: boolean;
}

export interface CheckTask extends Pick<Deps, "store" | "lastSends"> {
  /** All files of the store under a folder, those of one subfolder together. */
  readonly files: (folder: string) => AsyncIterable<StoredFile>;
  /** Removes a temporary file. */
  readonly removeTemporary: (key: string) => Promise<unknown>;
  /** Whether what is wrong shall be mended. */
  readonly repair: boolean;
}

const HOUR_MS = 3_600_000;

/** What belongs to nothing, but may be about to: younger files are left alone. */
const DAY_MS = 24 * HOUR_MS;

/**
 * Looks at everything in a folder store, and mends what can be mended without losing a result. A server may run meanwhile: what is young
 * is left alone, and each change is made only where nobody else has made one since.
 */
export async function* checkStore(task: CheckTask): AsyncGenerator<Problem> {
  const { store, files, repair } = task;
  const now = Date.now();
  const isOld = ({ changed }: StoredFile) => changed < now - DAY_MS;
  const problem = async (kind: ProblemKind, key: string, message: string, mend?: () => Promise<boolean>): Promise<Problem> => ({
    kind,
    key,
    message,
    repaired: repair && mend !== undefined && (await mend()),
  });
  const remove = async (file: StoredFile): Promise<boolean> => {
    const found = await store.head(file.key);
    return found === null || store.remove(file.key, found.etag);
  };

  const entries = new Map<string, StoredFile[]>();
  for await (const entry of files("history")) {
    const { id } = parseHistoryEntry(entry.key);
    entries.set(id, [...(entries.get(id) ?? []), entry]);
  }
  for await (const { id, own } of byExplanation(files("explanations"))) {
    const folder = keys.file(id, "").slice(0, -1);
    const log = own.find(({ key }) => key === keys.log(id));
    const old = own.every(isOld);
    if (log === undefined) {
      entries.delete(id);
      if (old) {
        const message = `${own.length} files without a log, by which nobody finds them.`;
        yield await problem("no-explanation", folder, message, async () => (await Promise.all(own.map(remove))).every(Boolean));
      }
      continue;
    }
    const found = await readLogOrTombstone(store, id).catch(unlessUnreadable);
    if (found instanceof CodedError) {
      if (found.code === "LOG_TOO_NEW") yield await problem("newer-log", log.key, found.message);
      else yield await problem("damaged-log", log.key, found.message, () => cutDamage(store, id));
    } else if (found !== null && "created" in found) {
      if (log.changed < now - HOUR_MS)
        yield await problem("cut-short-deletion", folder, "Its deletion was begun and not finished.", async () => {
          await takeOverDeletion(task, found);
          return true;
        });
    } else if (found !== null) {
      const { createdAt, request } = fold(found);
      const entry = keys.historyEntry(request.owner, createdAt, id);
      if (!entries.get(id)?.some(({ key }) => key === entry) && (await store.head(entry)) === null)
        yield await problem("missing-history", entry, "The explanation is not among the past ones of its owner.", async () => {
          await store.put(entry, new Uint8Array());
          return true;
        });
      const missing = lostFiles(found, own);
      if (missing.length > 0) {
        const message = `Of its results ${missing.join(", ")} are missing; asking for it again makes them anew.`;
        yield await problem("missing-files", folder, message);
      }
    }
    entries.delete(id);
  }
  for (const own of entries.values()) {
    for (const entry of own.filter(isOld))
      yield await problem("no-explanation", entry.key, "A place among past explanations, of one that is not there.", () =>
        remove(entry),
      );
  }
  for await (const upload of files("uploads"))
    if (isOld(upload)) yield await problem("old-upload", upload.key, "An upload of more than a day ago.", () => remove(upload));
  for await (const file of files(".tmp")) {
    if (file.changed > now - HOUR_MS) continue;
    yield await problem("temporary-file", file.key, "Left by a process that was killed while it wrote.", async () => {
      await task.removeTemporary(file.key);
      return true;
    });
  }
}

/** The results of one that has succeeded that are not there. */
function lostFiles(log: Log, own: readonly StoredFile[]): readonly string[] {
  const explanation = fold(log);
  if (!isFinished(log) || explanation.status !== "SUCCEEDED") return [];
  const there = new Set(own.map(({ key }) => key));
  return filesOf(explanation).filter((name) => !there.has(keys.file(explanation.id, name)));
}

/**
 * Cuts a damaged log after its last whole line, and keeps it as it was beside it. What the lines after that said is computed again, to
 * the same result. False where not even the first line is whole, or somebody has written meanwhile.
 */
async function cutDamage(store: ObjectStore, id: string): Promise<boolean> {
  const stored = await store.get(keys.log(id));
  if (stored === null) return false;
  const lines = new TextDecoder().decode(stored.bytes).trimEnd().split("\n");
  let whole = lines.length - 1;
  while (whole > 0 && !isLog(id, lines.slice(0, whole))) whole--;
  if (whole === 0) return false;
  await store.put(keys.file(id, "events.damaged.ndjson"), stored.bytes);
  const bytes = new TextEncoder().encode(
    lines
      .slice(0, whole)
      .map((line) => `${line}\n`)
      .join(""),
  );
  return (await store.put(keys.log(id), bytes, { ifMatch: stored.etag })) !== null;
}

function isLog(id: string, lines: readonly string[]): boolean {
  try {
    return parseLog(id, lines).length > 0;
  } catch {
    return false;
  }
}
