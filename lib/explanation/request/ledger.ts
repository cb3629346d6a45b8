import { z } from "zod";
import { CodedError } from "../../errors.ts";
import type { ObjectStore } from "../../storage/object-store.ts";
import { keys } from "../keys.ts";
import { isFinished } from "../log/events.ts";
import { type Explanation, fold } from "../log/fold.ts";
import { type Log, readLog, unlessUnreadable } from "../log/log.ts";

/** What an owner may use of the store and the queue; a limit that is left out is none. */
export interface Quota {
  /** Passes of the model of all explanations that wait or run, each counted with the most that it may take. */
  readonly queuedPasses?: number;
  /** Bytes of the images and results of what has ended. */
  readonly storedBytes?: number;
}

/** What an owner uses, as far as it is known: what has ended lately may still be counted as queued. */
export interface Usage {
  readonly queuedPasses: number;
  readonly storedBytes: number;
}

const ledgerSchema = z.object({
  /** Explanations that waited or ran when they were last looked at, in the order of asking; `at` in milliseconds of Unix time. */
  waiting: z.array(z.object({ id: z.string(), passes: z.number(), at: z.number() })).readonly(),
  /** Bytes of what has ended, by the day (YYYY-MM-DD) on which it was asked for: a store may keep each for so many days. */
  stored: z.record(z.string(), z.number()).readonly(),
});

type Ledger = z.output<typeof ledgerSchema>;
type Waiting = Ledger["waiting"][number];

/** How many of those that wait are looked at for each that is asked for: two keep the ledger short, more are worth it at the limit. */
const [LOOKED_AT, LOOKED_AT_LIMIT] = [2, 64];

/** After how long an entry without a log is one of a process that died before it wrote the log: milliseconds. */
const UNWRITTEN_MS = 600_000;

/** When to ask again for what is queued: seconds. */
const RETRY_AFTER_SECONDS = 5;

/**
 * Enters an explanation that is about to be queued into its owner's ledger. Without a quota it does nothing, and costs nothing.
 *
 * @param passes the most passes of the model that it may take
 * @param keepDays after how many days the store deletes an explanation; undefined where it keeps all
 * @throws CodedError LIMIT_EXCEEDED where so much waits already, with `retryAfterSeconds`; QUOTA_EXCEEDED where nothing but deleting helps
 */
export async function reserve(
  store: ObjectStore,
  { id, owner, passes }: { readonly id: string; readonly owner: string; readonly passes: number },
  quota: Quota,
  keepDays: number | undefined,
): Promise<void> {
  const { queuedPasses = Infinity, storedBytes = Infinity } = quota;
  if (queuedPasses === Infinity && storedBytes === Infinity) return;
  if (passes > queuedPasses) {
    const message = `This may take ${text(passes)} passes of the model, and you may have ${text(queuedPasses)} queued.`;
    throw exceeded("QUOTA_EXCEEDED", message, { limit: "queuedPasses", allowed: queuedPasses, used: passes });
  }
  for (;;) {
    const found = await store.get(keys.ledger(owner));
    const before = found === null ? nothing : parse(found.bytes);
    const isTight = queued(before) + passes > queuedPasses;
    const settled = await settle(store, before, isTight ? LOOKED_AT_LIMIT : LOOKED_AT, keepDays);
    const waiting = settled.waiting.filter((each) => each.id !== id);
    const refusal = refusalOf(usageOf({ ...settled, waiting }), passes, queuedPasses, storedBytes);
    const after = refusal ? settled : { ...settled, waiting: [...waiting, { id, passes, at: Date.now() }] };
    const condition = found === null ? { ifAbsent: true as const } : { ifMatch: found.etag };
    const put = await store.put(keys.ledger(owner), encode(after), condition);
    if (refusal) throw refusal;
    if (put !== null) return;
    // Another request of the owner's was quicker: as many as there are at a time.
    await new Promise((resolve) => setTimeout(resolve, 50 * Math.random()));
  }
}

/** Takes an explanation that has ended, and is deleted now, out of its owner's ledger. */
export async function release(store: ObjectStore, log: Log): Promise<void> {
  const { id, request, createdAt, latest } = fold(log);
  for (;;) {
    const found = await store.get(keys.ledger(request.owner));
    if (found === null) return;
    const { waiting, stored } = parse(found.bytes);
    // One that still stands among those that wait was never counted as stored.
    const isCounted = !waiting.some((each) => each.id === id);
    const day = dayOf(createdAt);
    const left = (stored[day] ?? 0) - (isCounted ? bytesOf(request, latest) : 0);
    const after = { waiting: waiting.filter((each) => each.id !== id), stored: { ...stored, [day]: Math.max(0, left) } };
    if ((await store.put(keys.ledger(request.owner), encode(after), { ifMatch: found.etag })) !== null) return;
  }
}

/** What an owner uses. */
export async function usage(store: ObjectStore, owner: string): Promise<Usage> {
  const found = await store.get(keys.ledger(owner));
  return usageOf(found === null ? nothing : parse(found.bytes));
}

function refusalOf(used: Usage, passes: number, queuedPasses: number, storedBytes: number): CodedError | null {
  if (used.storedBytes >= storedBytes) {
    const message = `Your images and results take ${text(used.storedBytes)} bytes, and you may keep ${text(storedBytes)}: delete some.`;
    return exceeded("QUOTA_EXCEEDED", message, { limit: "storedBytes", allowed: storedBytes, used: used.storedBytes });
  }
  if (used.queuedPasses + passes <= queuedPasses) return null;
  const message =
    `This may take ${text(passes)} passes of the model; with the ${text(used.queuedPasses)} that you have queued these are more than ` +
    `${text(queuedPasses)}: ask again when some are done.`;
  const told = { limit: "queuedPasses", allowed: queuedPasses, used: used.queuedPasses, retryAfterSeconds: RETRY_AFTER_SECONDS };
  return exceeded("LIMIT_EXCEEDED", message, told);
}

function exceeded(code: "LIMIT_EXCEEDED" | "QUOTA_EXCEEDED", message: string, details: object): CodedError {
  return new CodedError(code, message, { details });
}

const nothing: Ledger = { waiting: [], stored: {} };

/** A ledger that cannot be read counts nothing: no limit is worth an owner that can ask no more. */
function parse(bytes: Uint8Array): Ledger {
  try {
    return ledgerSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return nothing;
  }
}

function encode(ledger: Ledger): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(ledger));
}

function queued({ waiting }: Ledger): number {
  return waiting.reduce((sum, { passes }) => sum + passes, 0);
}

function usageOf(ledger: Ledger): Usage {
  return { queuedPasses: queued(ledger), storedBytes: Object.values(ledger.stored).reduce((sum, bytes) => sum + bytes, 0) };
}

/** The ledger without the oldest of those that have ended meanwhile, and without days whose explanations are deleted. */
async function settle(store: ObjectStore, ledger: Ledger, looks: number, keepDays: number | undefined): Promise<Ledger> {
  const oldest = await Promise.all(ledger.waiting.slice(0, looks).map((each) => look(store, each)));
  const stored = { ...ledger.stored };
  for (const ended of oldest) if (ended !== null && ended.bytes > 0) stored[ended.day] = (stored[ended.day] ?? 0) + ended.bytes;
  const firstKept = keepDays === undefined ? "" : dayOf(new Date(Date.now() - keepDays * DAY_MS));
  return {
    waiting: ledger.waiting.filter((_, i) => (oldest[i] ?? null) === null),
    stored: Object.fromEntries(Object.entries(stored).filter(([day]) => day >= firstKept)),
  };
}

/** What one of those that waited has left; null where it still waits or runs. */
async function look(store: ObjectStore, { id, at }: Waiting): Promise<{ day: string; bytes: number } | null> {
  const log = await readLog(store, id).catch(unlessUnreadable);
  if (log instanceof CodedError) return { day: "", bytes: 0 };
  if (log === null) return Date.now() - at < UNWRITTEN_MS ? null : { day: "", bytes: 0 };
  if (!isFinished(log)) return null;
  const { request, createdAt, latest } = fold(log);
  return { day: dayOf(createdAt), bytes: bytesOf(request, latest) };
}

function bytesOf({ image }: Explanation["request"], { SUCCEEDED }: Explanation["latest"]): number {
  return image.bytes + (SUCCEEDED?.bytes ?? 0);
}

const DAY_MS = 24 * 3_600_000;

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function text(value: number): string {
  return value.toLocaleString("en");
}
