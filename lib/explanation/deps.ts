import type { StorageUsage } from "./keep/usage.ts";
import type { JobQueue } from "../queue/job-queue.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { ResultCache } from "./results/result-cache.ts";
import type { Catalog } from "../vit/catalog/catalog.ts";

/** What is needed to read results. */
export type ResultDeps = Pick<Deps, "store" | "cache">;

/** What the use cases of explanations need: all state is in the store, the queue only hands out work. */
export interface Deps {
  readonly store: ObjectStore;
  readonly queue: JobQueue;
  readonly catalog: Catalog;
  readonly cache: ResultCache;
  /**
   * When this process last saw the job of an explanation sent, in milliseconds of Unix time, by its id: it saves reading it again and
   * again. Only explanations that wait or run are in it.
   */
  readonly lastSends: Map<string, number>;
  /** How much the store holds; null while it is not known. Absent where nobody counts. */
  readonly usage?: (() => Promise<StorageUsage | null>) | undefined;
  /** After how many days the store deletes an explanation; undefined where it keeps all. */
  readonly keepDays?: number | undefined;
  /** The most passes of the model that a request may take; as `check` has it where it is left out. */
  readonly maxPasses?: number | undefined;
}
