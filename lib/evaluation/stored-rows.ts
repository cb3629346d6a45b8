import { createHash } from "node:crypto";
import pLimit from "p-limit";
import { CodedError } from "../errors.ts";
import { type ObjectStore, pagesOf } from "../storage/object-store.ts";
import { type Failure, isLine, keyOf, type Row } from "./row.ts";

/** The lines of an evaluation as objects of a store, so that any machine can resume it. */
export interface StoredRows {
  /** All lines, in no order. */
  readonly read: () => Promise<readonly (Row | Failure)[]>;
  /** Puts a line, in place of one of the same request. */
  readonly add: (line: Row | Failure) => Promise<void>;
}

/** How many objects are read at a time. */
const AT_A_TIME = 32;

const PAGE = 1000;

/**
 * Opens the lines that a store has under `evaluations/<name>/`.
 *
 * @param metrics what is measured, as a text that is the same for the same metrics
 * @throws CodedError BAD_USER_INPUT for a name of other characters, and for an evaluation with other metrics
 */
export async function openStoredRows(store: ObjectStore, name: string, metrics: string): Promise<StoredRows> {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw new CodedError(
      "BAD_USER_INPUT",
      `Expected --rows to be 1 to 64 letters, digits, "-" and "_", got ${JSON.stringify(name)}.`,
    );
  }
  const folder = `evaluations/${name}`;
  const asked = `${folder}/metrics.json`;
  if ((await store.put(asked, encode(metrics), { ifAbsent: true })) === null) {
    const before = await store.get(asked);
    if (before !== null && decode(before.bytes) !== metrics) {
      throw new CodedError(
        "BAD_USER_INPUT",
        `The store holds rows ${name} of an evaluation with other metrics (see ${asked}); choose another --rows.`,
      );
    }
  }
  const rows = `${folder}/rows/`;
  return {
    async read() {
      const lines: (Row | Failure)[] = [];
      const limit = pLimit(AT_A_TIME);
      for await (const page of pagesOf(store, rows, PAGE)) {
        const found = await Promise.all(page.map((key) => limit(() => store.get(key))));
        for (const [i, object] of found.entries()) if (object !== null) lines.push(parsed(page[i]!, object.bytes));
      }
      return lines;
    },
    async add(line) {
      const key = createHash("sha256").update(keyOf(line)).digest("hex");
      await store.put(`${rows}${key}.json`, encode(JSON.stringify(line)));
    },
  };
}

function parsed(key: string, bytes: Uint8Array): Row | Failure {
  try {
    const value = JSON.parse(decode(bytes)) as Partial<Row & Failure>;
    if (isLine(value)) return value as Row | Failure;
  } catch {
    // Below.
  }
  throw new CodedError("BAD_USER_INPUT", `${key} in the store is no row of an evaluation; remove it.`);
}

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
