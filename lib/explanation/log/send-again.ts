import type { Deps } from "../deps.ts";
import type { Explanation } from "./fold.ts";

/** How long a job may lie in the queue before somebody asks whether it ever got there. */
const PATIENCE_MS = 30_000;

/**
 * Milliseconds of silence after which the message of a running explanation is taken for lost as well. It hardly ever is, for a
 * worker's death gives it back by itself; and a worker may well be silent for minutes, while it loads a large model.
 */
export const LOST_MS = 600_000;

/** When this process last sent each explanation again. It only saves needless messages: a worker forgets a job that is finished. */
const sentAgain = new Map<string, number>();

/**
 * Sends the job of an explanation again where it seems to have been lost: it waits for longer than a queue should need, or its
 * worker has been silent for very long. Waits twice as long each time, so a long queue does not fill itself. Whoever reads can do
 * nothing about a queue that cannot be reached, and is answered all the same; the next reader tries again.
 */
export async function sendAgainIfLost(deps: Deps, explanation: Explanation): Promise<Explanation> {
  const { id, status } = explanation;
  if (status !== "QUEUED" && status !== "RUNNING") {
    sentAgain.delete(id);
    return explanation;
  }
  const now = Date.now();
  const patience = status === "QUEUED" ? PATIENCE_MS : LOST_MS;
  const silence = silenceOf(explanation) ?? patience;
  const sinceSent = now - (sentAgain.get(id) ?? 0);
  if (silence < patience || (sinceSent >= 0 && sinceSent < Math.max(patience, silence / 2))) return explanation;
  sentAgain.set(id, now);
  await deps.queue.send({ id }).catch(() => sentAgain.delete(id));
  return explanation;
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
