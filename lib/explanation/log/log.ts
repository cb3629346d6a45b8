import type { ObjectStore } from "../../storage/object-store.ts";
import type { LogEvent, EventPayload } from "./events.ts";
import { keys } from "../keys.ts";

/** An explanation is its log: one JSON event a line, in one object; the sequence number of an event is its line's, from 1. */
export interface Log {
  readonly id: string;
  /** At least one, the first is QUEUED. */
  readonly events: readonly LogEvent[];
  readonly etag: string;
}

/** The log of an explanation; null where there is none; "unchanged" where it is still the version `unlessEtag`. */
export async function readLog(store: ObjectStore, id: string, unlessEtag: string): Promise<Log | null | "unchanged">;
export async function readLog(store: ObjectStore, id: string): Promise<Log | null>;
export async function readLog(store: ObjectStore, id: string, unlessEtag?: string): Promise<Log | null | "unchanged"> {
  const stored = unlessEtag === undefined ? await store.get(keys.log(id)) : await store.get(keys.log(id), unlessEtag);
  if (stored === null || stored === "unchanged") return stored;
  const lines = new TextDecoder().decode(stored.bytes).trimEnd().split("\n");
  return { id, events: lines.map(parseEvent), etag: stored.etag };
}

/** Begins a log with its first event; null where it was begun already. */
export async function beginLog(store: ObjectStore, id: string, first: LogEvent): Promise<Log | null> {
  const etag = await store.put(keys.log(id), encode([first]), { ifAbsent: true });
  return etag === null ? null : { id, events: [first], etag };
}

/**
 * The log with one more event; null where somebody else has written since it was read: this one condition is a single writer at
 * a time, a fence against a duplicate delivery, and cancellation.
 */
export async function append(store: ObjectStore, log: Log, payload: EventPayload): Promise<Log | null> {
  const events = [...log.events, { ...payload, time: new Date().toISOString() }];
  const etag = await store.put(keys.log(log.id), encode(events), { ifMatch: log.etag });
  return etag === null ? null : { id: log.id, events, etag };
}

/** An event as its line has it; what is `request` now was `question` until version 0.1. */
function parseEvent(line: string): LogEvent {
  const { question, ...event } = JSON.parse(line) as LogEvent & { readonly question?: unknown };
  return (question === undefined ? event : { ...event, request: question }) as LogEvent;
}

function encode(events: readonly LogEvent[]): Uint8Array {
  return new TextEncoder().encode(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
}
