import type { Deps } from "../deps.ts";
import { keys } from "../keys.ts";
import type { Explanation } from "./fold.ts";

/** How long a log may wait for its message: a process that died between the two has sent none. */
const UNSENT_MS = 30_000;

/**
 * Milliseconds after which a message that was sent, or that a running explanation had, is taken for lost. It hardly ever is: a queue
 * keeps it, a worker's death gives it back by itself, and a worker may well be silent for minutes, while it loads a large model.
 */
export const LOST_MS = 600_000;

/** Sends the job of an explanation, and keeps the time in the store, for all processes that wonder whether it was sent. */
export async function sendJob(
  { queue, store, lastSends }: Pick<Deps, "queue" | "store" | "lastSends">,
  id: string,
  owner: string,
): Promise<void> {
  await queue.send({ id }, owner);
  const time = new Date().toISOString();
  // Without it, a reader sends the job once more, and nothing else happens.
  await store.put(keys.sent(id), encode(time)).catch(() => undefined);
  lastSends.set(id, Date.parse(time));
}

/**
 * Sends the job of an explanation again where it seems to have been lost: nobody has sent it, or nothing has happened for very long since.
 * Waits twice as long each time. However many processes ask, one sends: the time of the last send is in the store, and is replaced by a
 * conditional put first. Whoever reads can do nothing about a queue that cannot be reached, and is answered all the same; another
 * reader tries again later.
 */
export async function sendAgainIfLost(deps: Deps, explanation: Explanation): Promise<Explanation> {
  const { id, status } = explanation;
  const { lastSends } = deps;
  if (status !== "QUEUED" && status !== "RUNNING") {
    lastSends.delete(id);
    return explanation;
  }
  const now = Date.now();
  const patience = status === "QUEUED" ? UNSENT_MS : LOST_MS;
  const silence = silenceOf(explanation) ?? patience;
  // A time that is still to come was written before a clock was set back.
  const isDue = (sent: number) => now - sent < -CLOCKS_DIFFER_MS || now - sent >= Math.max(LOST_MS, silence / 2);
  const known = lastSends.get(id);
  if (silence < patience || (known !== undefined && !isDue(known))) return explanation;
  await sendUnlessSent(deps, explanation, isDue).catch(() => undefined);
  return explanation;
}

async function sendUnlessSent(
  { store, queue, lastSends }: Deps,
  explanation: Explanation,
  isDue: (sent: number) => boolean,
): Promise<void> {
  const { id, changedAt, request } = explanation;
  const stored = await store.get(keys.sent(id));
  const last = stored === null ? NaN : Date.parse(new TextDecoder().decode(stored.bytes));
  // A time before the log's last change is of another run.
  const isOfThisRun = silenceOf(explanation) === null || last >= changedAt.getTime() - CLOCKS_DIFFER_MS;
  if (isOfThisRun && !isDue(last) && !Number.isNaN(last)) {
    lastSends.set(id, last);
    return;
  }
  const time = new Date().toISOString();
  const etag = await store.put(keys.sent(id), encode(time), stored === null ? { ifAbsent: true } : { ifMatch: stored.etag });
  lastSends.set(id, Date.parse(time));
  if (etag === null) return;
  await queue.send({ id }, request.owner).catch(async (error: unknown) => {
    // Nothing was sent, so nothing shall say so.
    await store.put(keys.sent(id), encode(new Date(0).toISOString()), { ifMatch: etag });
    lastSends.delete(id);
    throw error;
  });
}

/** Clocks of two machines differ by so much: milliseconds. */
const CLOCKS_DIFFER_MS = 5000;

/**
 * Milliseconds since the last event of an explanation, at least 0; null where its time is still to come: the clock was set back, and
 * how long it was silent is not known, so that nobody should wait for that time.
 */
export function silenceOf({ changedAt }: Pick<Explanation, "changedAt">): number | null {
  const silence = Date.now() - changedAt.getTime();
  return silence < -CLOCKS_DIFFER_MS ? null : Math.max(0, silence);
}

function encode(time: string): Uint8Array {
  return new TextEncoder().encode(time);
}
