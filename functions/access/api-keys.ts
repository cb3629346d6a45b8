import type { Plugin } from "graphql-yoga";
import { z } from "zod";
import type { KeyHolders } from "./holders.ts";
import type { Owner } from "./limits.ts";
import { refusal } from "./refusal.ts";

/** An entry of the list of API keys: owner=key, the key at least 16 printable characters. */
const API_KEY = /^[A-Za-z0-9_-]{1,64}=[\x21-\x7e]{16,}$/;

const pair = z.string().regex(API_KEY, {
  error: "expected owner=key, the key at least 16 characters long",
});

/** Who may use the API: `owner=key` each. An empty list is a mistake: without keys there is no list. */
export const apiKeyPairs = z.array(pair).min(1, { error: "expected at least one owner=key" });

/** Refreshes what is known of keys: before any other plugin, for the signatures of URLs depend on it. */
export function refreshKeys(holders: KeyHolders): Plugin {
  return { onRequest: () => holders.refresh() };
}

/** Answers 401 to a request without a key that is known, in the header `x-api-key`. */
export function wantKey(ownerOf: (request: Request) => Owner | undefined): Plugin {
  return {
    onRequest({ request, fetchAPI, endResponse }) {
      if (request.method === "OPTIONS" || ownerOf(request) !== undefined) return;
      const message = "Send a valid API key in the header x-api-key.";
      endResponse(refusal(fetchAPI.Response, 401, message, { code: "UNAUTHENTICATED" }));
    },
  };
}
