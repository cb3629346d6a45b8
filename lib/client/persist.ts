import pRetry from "p-retry";

/** Ways in which an attempt may fail that another one may not: `after` is how many seconds the server asks to be left alone. */
export class Passing extends Error {
  override readonly name = "Passing";
  readonly after: number;
  /** How often it is worth asking again; as often as there is time where it is left out. */
  readonly attempts: number;

  constructor(
    message: string,
    { after = 0, attempts = Infinity, cause }: { after?: number; attempts?: number; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.after = after;
    this.attempts = attempts;
  }
}

export interface Patience {
  /** Ends the waiting, and the attempt that is under way. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which the last failure is believed. */
  readonly patienceMs: number;
  /** Milliseconds for one attempt. */
  readonly timeoutMs: number;
}

/** Seconds: the wait before the first retry, and the longest before any; each is lengthened by a random factor below 2. */
const [FIRST, LONGEST] = [0.25, 15];

/**
 * Seconds before attempt `n` + 1, n from 1: an interval that doubles, lengthened at random so that many clients do not come back at once.
 *
 * @param random in [0, 1)
 */
export function backoff(n: number, random: number): number {
  return (1 + random) * Math.min(LONGEST, FIRST * 2 ** (n - 1));
}

/** Seconds that a `Retry-After` header asks for, which may hold a date; 0 where it is absent or invalid. */
export function retryAfter(value: string | null, now: number): number {
  if (value === null) return 0;
  const seconds = /^\d+$/.test(value.trim()) ? Number(value) : (Date.parse(value) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}

/**
 * Attempts until one does not fail with Passing, or patience ends; then throws that failure. Whatever is attempted may happen more than
 * once.
 */
export async function persist<Result>(attempt: (signal: AbortSignal) => Promise<Result>, options: Patience): Promise<Result> {
  const { signal, patienceMs, timeoutMs } = options;
  const once = async () => {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      return await attempt(signal ? AbortSignal.any([signal, timeout]) : timeout);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  };
  return pRetry(once, {
    retries: Infinity,
    minTimeout: 1000 * FIRST,
    maxTimeout: 1000 * LONGEST,
    factor: 2,
    randomize: true,
    maxRetryTime: patienceMs,
    ...(signal && { signal }),
    shouldRetry: ({ error, attemptNumber }) => error instanceof Passing && attemptNumber < error.attempts,
    onFailedAttempt: async ({ error }) => {
      if (error instanceof Passing && error.after > 0) await wait(1000 * Math.min(error.after, patienceMs / 1000), signal);
    },
  });
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
