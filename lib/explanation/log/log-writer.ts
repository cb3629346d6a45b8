import type { ObjectStore } from "../../storage/object-store.ts";
import type { EventPayload } from "./events.ts";
import { type Explanation, fold } from "./fold.ts";
import { append, type Log, readLog } from "./log.ts";

/** Somebody else has written to the log: it was cancelled, or another worker has the job. */
export class Fenced extends Error {
  override readonly name = "Fenced";
}

/** One worker's pen: writes event after event, and throws Fenced once anybody else has written. */
export class LogWriter {
  readonly #store: ObjectStore;
  #log: Log;
  /** When it last looked or wrote: milliseconds since 1970. */
  lastStep = Date.now();

  constructor(store: ObjectStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  get explanation(): Explanation {
    return fold(this.#log);
  }

  /** Throws Fenced where anybody else has written, as `write` would. */
  async look(): Promise<void> {
    if ((await readLog(this.#store, this.#log.id, this.#log.etag)) !== "unchanged") this.#fenced();
    this.lastStep = Date.now();
  }

  async write(payload: EventPayload): Promise<void> {
    const log = await append(this.#store, this.#log, payload);
    if (log === null) this.#fenced();
    this.#log = log;
    this.lastStep = Date.now();
  }

  #fenced(): never {
    throw new Fenced(`The log of ${this.#log.id} has another writer`);
  }
}
