import type { Owner } from "./limits.ts";
import { refusal } from "./refusal.ts";

export interface StreamLimit {
  /**
   * Counts one stream of an owner more, until the function that it gives is called; where the owner has as many as allowed already, it
   * counts nothing, and gives a refusal.
   */
  readonly open: (owner: Owner) => (() => void) | Response;
}

/** How soon another stream may be free: seconds. */
const RETRY_SECONDS = 5;

/** Bounds the subscriptions that an owner has open at a time; each process counts by itself. */
export function streamLimit(): StreamLimit {
  const counts = new Map<string, number>();

  return {
    open({ name, limits: { openStreams: allowed = Infinity } }) {
      const used = counts.get(name) ?? 0;
      if (used >= allowed) return refused(allowed, used);
      counts.set(name, used + 1);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        const left = counts.get(name)! - 1;
        if (left > 0) counts.set(name, left);
        else counts.delete(name);
      };
    },
  };
}

function refused(allowed: number, used: number): Response {
  const message = `You have ${used} subscriptions open, and may have ${allowed}: close one, or subscribe again later.`;
  const extensions = { code: "LIMIT_EXCEEDED", limit: "openStreams", allowed, used, retryAfterSeconds: RETRY_SECONDS };
  return refusal(Response, 429, message, extensions);
}
