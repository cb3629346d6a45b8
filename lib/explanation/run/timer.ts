/** Milliseconds after which work that goes on says so in the log. */
export const SILENCE_MS = 10_000;

/** A request whether it is time again: yes the first time, and then no sooner than `ms` milliseconds after the last yes. */
export function atMostEvery(ms: number): () => boolean {
  let last = -Infinity;
  return () => {
    const now = performance.now();
    if (now - last < ms) return false;
    last = now;
    return true;
  };
}
