import { randomUUID } from "node:crypto";

/** All of a queued message that ever changes; its file's name holds it, so that a rename is the whole of every step. */
export interface MessageState {
  /** When the message may be handed out, or its lease ends: milliseconds since 1970. */
  readonly visibleAt: number;
  /** Unique; in one process, messages sent later compare greater. */
  readonly id: string;
  /** How often it was handed out. */
  readonly count: number;
  /** Whose job it is; "" of a message that an earlier version sent. */
  readonly owner: string;
}

const NAME = /^(\d{15})_([0-9a-f-]+)_(\d+)_[0-9a-f-]{36}(?:\.([\w-]{1,64}))?\.json$/;

/**
 * A new name for a message in this state. Names sort by `visibleAt`, then `id`; each ends in a receipt of its own, so a name
 * that was renamed never comes back, and of several processes that rename one file only one succeeds.
 */
export function messageName({ visibleAt, id, count, owner }: MessageState): string {
  return `${String(Math.ceil(visibleAt)).padStart(15, "0")}_${id}_${count}_${randomUUID()}${owner && `.${owner}`}.json`;
}

/** The state that the name holds; null where it is not a message's. */
export function parseMessageName(name: string): MessageState | null {
  const [, visibleAt, id, count, owner = ""] = NAME.exec(name) ?? [];
  if (visibleAt === undefined || id === undefined || count === undefined) return null;
  return { visibleAt: Number(visibleAt), id, count: Number(count), owner };
}
