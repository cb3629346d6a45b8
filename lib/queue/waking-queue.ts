import type { Job, JobQueue } from "./job-queue.ts";

interface WakingOptions {
  /** Sees to it that somebody receives. Where it fails, somebody else has to: it is a short cut. */
  readonly wake: () => Promise<unknown>;
  /** Told why a wake failed. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds between the beginnings of two wakes, at least. Default 30,000. */
  readonly everyMs?: number;
}

/**
 * The same queue, whose workers are woken when something is sent. A send ends with its wake, for a function in Lambda gets no time
 * after its answer; it never fails because of it.
 */
export function wakingQueue<Queue extends JobQueue>(queue: Queue, { wake, onError, everyMs = 30_000 }: WakingOptions): Queue {
  let last = -Infinity;

  async function send(job: Job, owner: string): Promise<void> {
    await queue.send(job, owner);
    if (Date.now() - last < everyMs) return;
    last = Date.now();
    await wake().catch(onError);
  }

  return { ...queue, send };
}
