import type { Plugin } from "graphql-yoga";
import { contentTypeOf } from "../lib/storage/content-type.ts";
import type { ObjectStore } from "../lib/storage/object-store.ts";

/** Serves what an embedded store's URLs name: GET /files/<key>, of explanations alone. A bucket serves its own. */
export function storedFiles(store: ObjectStore): Plugin {
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (!url.pathname.startsWith("/files/explanations/")) return;
      const key = url.pathname.slice("/files/".length);
      const stored = request.method === "GET" || request.method === "HEAD" ? await readFile(store, key) : null;
      const headers = {
        "content-type": contentTypeOf(key),
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-cache",
      };
      if (stored === null) return endResponse(new fetchAPI.Response("There is no such file.\n", { status: 404 }));
      const etag = `"${stored.etag}"`;
      if (request.headers.get("if-none-match") === etag)
        return endResponse(new fetchAPI.Response(null, { status: 304, headers: { etag } }));
      const body = request.method === "HEAD" ? null : Buffer.from(stored.bytes);
      endResponse(new fetchAPI.Response(body, { headers: { ...headers, etag, "content-length": String(stored.bytes.length) } }));
    },
  };
}

/** null for a key that no object can have. */
async function readFile(store: ObjectStore, key: string) {
  try {
    return await store.get(key);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
