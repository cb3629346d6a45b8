import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { nullWhereAbsent } from "../filesystem/durable.ts";
import { parseMessageName } from "./message-name.ts";

/** What a queue in a folder holds. */
export interface QueueFacts {
  /** Jobs that a worker may take now. */
  readonly due: number;
  /** Jobs that a worker holds, or that wait for their time. */
  readonly held: number;
  readonly dead: number;
  /** How long ago the oldest of those that are due was sent: seconds; 0 where there is none. */
  readonly oldestSeconds: number;
}

/** How many of the jobs that are due are looked at for the oldest: they are sorted by when they became due. */
const MOST = 1000;

/** Looks at the queue that lies at `root`: see filesystem-queue.ts. */
export async function queueFacts(root: string): Promise<QueueFacts> {
  const now = Date.now();
  const names = (await nullWhereAbsent(readdir(join(root, "messages")))) ?? [];
  const messages = names.flatMap((name) => {
    const state = parseMessageName(name);
    return state ? [{ name, isDue: state.visibleAt <= now }] : [];
  });
  const due = messages.filter(({ isDue }) => isDue);
  const oldest = due.map(({ name }) => name).toSorted();
  // A file keeps its time through all renames.
  const files = await Promise.all(oldest.slice(0, MOST).map((name) => nullWhereAbsent(stat(join(root, "messages", name)))));
  const sent = files.flatMap((file) => (file === null ? [] : [file.mtimeMs]));
  const dead = (await nullWhereAbsent(readdir(join(root, "dead")))) ?? [];
  return {
    due: due.length,
    held: messages.length - due.length,
    dead: dead.length,
    oldestSeconds: sent.length === 0 ? 0 : Math.max(0, (now - Math.min(...sent)) / 1000),
  };
}
