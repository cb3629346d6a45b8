import { z } from "zod";

const jobSchema = z.object({ id: z.string().min(1) });

/** Work to hand out: the id of an explanation. Everything else about it is in the store. */
export type Job = Readonly<z.infer<typeof jobSchema>>;

/** The job that a message's text describes as JSON; null where it describes none. */
export function parseJob(text: string): Job | null {
  try {
    return jobSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** A job held by one worker until its lease ends. Every call resolves to false where the lease was lost and nothing was done. */
export interface Delivery {
  readonly job: Job;
  /** How often this job was handed out, this time included. */
  readonly count: number;
  /** Holds the job for a whole lease from now on. */
  extend(): Promise<boolean>;
  /** The job is finished: forget it. */
  done(): Promise<boolean>;
  /** Give the job back, to be handed out again in `delayMs` milliseconds (default 0). */
  release(delayMs?: number): Promise<boolean>;
  /** Not this worker's: the job is handed out again in `delayMs` milliseconds, at most 15 minutes, as if for the first time. */
  postpone(delayMs: number): Promise<boolean>;
  /** Nobody can do this job: put it with the dead letters. */
  reject(): Promise<boolean>;
}

/**
 * Hands out work at least once. A job whose worker died comes back when its lease ends; an owner's jobs come in the order of sending,
 * roughly, and an owner with many jobs does not delay one with few.
 */
export interface JobQueue {
  /** Milliseconds that a worker holds a job without extending. */
  readonly leaseMs: number;
  /** `owner`, of letters, digits, "-" and "_", is who the job is for: the jobs of several owners are handed out in turn. */
  send(job: Job, owner: string): Promise<void>;
  /**
   * Waits for a job; null when the signal aborts, or after a while without one. A message that is no job is put with the dead letters.
   */
  receive(signal: AbortSignal): Promise<Delivery | null>;
}
