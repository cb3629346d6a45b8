import type { Plugin } from "graphql-yoga";
import { RateLimiterMemory } from "rate-limiter-flexible";
import type { Owner } from "./limits.ts";
import { refusal } from "./refusal.ts";

/**
 * Answers 429 to the requests of an owner who has sent more than their limit in a minute, with `Retry-After` and an error that tells
 * of it. Each process counts by itself.
 */
export function limitRequests(ownerOf: (request: Request) => Owner | undefined): Plugin {
  // Counts only: each owner has a limit of their own.
  const counter = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: 60 });
  return {
    async onRequest({ request, fetchAPI, endResponse }) {
      const owner = ownerOf(request);
      const allowed = owner?.limits.requestsPerMinute;
      if (request.method === "OPTIONS" || owner === undefined || allowed === undefined) return;
      const { consumedPoints, msBeforeNext } = await counter.consume(owner.name);
      if (consumedPoints <= allowed) return;
      const retryAfterSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
      const message = `You may send ${allowed} requests a minute; send more in ${retryAfterSeconds} s.`;
      const extensions = { code: "LIMIT_EXCEEDED", limit: "requestsPerMinute", allowed, used: consumedPoints, retryAfterSeconds };
      endResponse(refusal(fetchAPI.Response, 429, message, extensions));
    },
  };
}
