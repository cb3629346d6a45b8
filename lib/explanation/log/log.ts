import type { ObjectStore, PutCondition, StoredObject } from "../../storage/object-store.ts";
import { CodedError } from "../../errors.ts";
import type { EventPayload, KnownEvent, LogEvent } from "./events.ts";
import { keys } from "../keys.ts";
import { parseLog } from "./parse-log.ts";
import { parseTombstone, type Tombstone } from "./tombstone.ts";

/** An explanation is its log: one JSON event a line, in one object; the sequence number of an event is its line's, from 1. */
export interface Log {
  readonly id: string;
  /** At least one, the first is QUEUED. */
  readonly events: readonly LogEvent[];
  /** The same as they are written, also what this version does not know of them. */
  readonly lines: readonly string[];
  readonly etag: string;
}

/**
 * The log of an explanation; null where there is none, or it is being deleted; "unchanged" where it is still the version `unlessEtag`.
 *
 * @throws CodedError LOG_DAMAGED where it is no log, LOG_TOO_NEW where it is a newer version's
 */
export async function readLog(store: ObjectStore, id: string, unlessEtag: string): Promise<Log | null | "unchanged">;
export async function readLog(store: ObjectStore, id: string): Promise<Log | null>;
export async function readLog(store: ObjectStore, id: string, unlessEtag?: string): Promise<Log | null | "unchanged"> {
  const stored = unlessEtag === undefined ? await store.get(keys.log(id)) : await store.get(keys.log(id), unlessEtag);
  if (stored === null || stored === "unchanged") return stored;
  const found = parse(id, stored);
  return "events" in found ? found : null;
}

/** The log of an explanation, or what stands in its place while it is deleted; null where there is neither. Throws as `readLog` does. */
export async function readLogOrTombstone(store: ObjectStore, id: string): Promise<Log | Tombstone | null> {
  const stored = await store.get(keys.log(id));
  return stored && parse(id, stored);
}

/** For `catch`: "damaged" in place of LOG_DAMAGED. */
export function unlessDamaged(error: unknown): "damaged" {
  if (error instanceof CodedError && error.code === "LOG_DAMAGED") return "damaged";
  throw error;
}

/** For `catch`: LOG_DAMAGED and LOG_TOO_NEW as what was read. */
export function unlessUnreadable(error: unknown): CodedError {
  if (error instanceof CodedError && (error.code === "LOG_DAMAGED" || error.code === "LOG_TOO_NEW")) return error;
  throw error;
}

function parse(id: string, { bytes, etag }: StoredObject): Log | Tombstone {
  const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
  return parseTombstone(id, lines, etag) ?? { id, events: parseLog(id, lines), lines, etag };
}

/**
 * Begins a log in place of one that is damaged, which is kept beside it; null where somebody else has written since.
 */
export async function replaceDamagedLog(store: ObjectStore, id: string, first: KnownEvent): Promise<Log | null> {
  const damaged = await store.get(keys.log(id));
  if (damaged === null) return beginLog(store, id, first);
  await store.put(keys.file(id, "events.damaged.ndjson"), damaged.bytes);
  return beginLog(store, id, first, { ifMatch: damaged.etag });
}

/** Begins a log with its first event; null where it was begun already, or is not what the condition says. */
export async function beginLog(
  store: ObjectStore,
  id: string,
  first: KnownEvent,
  condition: PutCondition = { ifAbsent: true },
): Promise<Log | null> {
  const lines = [JSON.stringify(first)];
  const etag = await store.put(keys.log(id), encode(lines), condition);
  return etag === null ? null : { id, events: [first], lines, etag };
}

/**
 * The log with one more event; null where somebody else has written since it was read: this one condition is a single writer at
 * a time, a fence against a duplicate delivery, and cancellation.
 */
export async function append(store: ObjectStore, log: Log, payload: EventPayload): Promise<Log | null> {
  const event = { ...payload, time: new Date().toISOString() };
  const lines = [...log.lines, JSON.stringify(event)];
  const etag = await store.put(keys.log(log.id), encode(lines), { ifMatch: log.etag });
  return etag === null ? null : { id: log.id, events: [...log.events, event], lines, etag };
}

function encode(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
}
