import { createHash, timingSafeEqual } from "node:crypto";
import type { Plugin } from "graphql-yoga";
import { z } from "zod";
import { API_KEY } from "./api-key-rule.ts";

const pair = z.string().regex(API_KEY, {
  error: "expected owner=key, the key at least 16 characters long",
});

/** Who may use the API: `owner=key` each. An empty list is a mistake: without keys there is no list. */
export const apiKeyPairs = z.array(pair).min(1, { error: "expected at least one owner=key" });

export interface ApiKeys {
  /** Answers 401 to a request without a key that is known. */
  readonly plugin: Plugin;
  /** Whose key the request has. */
  readonly ownerOf: (request: Request) => string;
}

/**
 * Who may use the API, by the header `x-api-key`: `owner=key` each. An owner may have several keys, so that one can be replaced.
 * Without any, everybody may, and all are one owner, "local".
 */
export function apiKeys(pairs: readonly string[]): ApiKeys {
  const known = pairs.map((pair) => {
    const at = pair.indexOf("=");
    return { owner: pair.slice(0, at), digest: digestOf(pair.slice(at + 1)) };
  });

  /** Compares with every key, in a time that tells nothing about them. */
  function ownerOf(request: Request): string | undefined {
    if (known.length === 0) return "local";
    const digest = digestOf(request.headers.get("x-api-key") ?? "");
    return known.reduce<string | undefined>((owner, key) => (timingSafeEqual(key.digest, digest) ? key.owner : owner), undefined);
  }

  const plugin: Plugin = {
    onRequest({ request, fetchAPI, endResponse }) {
      if (request.method === "OPTIONS" || ownerOf(request) !== undefined) return;
      const message = "Send a valid API key in the header x-api-key.";
      const body = JSON.stringify({ errors: [{ message, extensions: { code: "UNAUTHENTICATED" } }] });
      const headers = { "content-type": "application/json; charset=utf-8" };
      endResponse(new fetchAPI.Response(body, { status: 401, headers }));
    },
  };
  return { plugin, ownerOf: (request) => ownerOf(request) ?? "nobody" };
}

function digestOf(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
