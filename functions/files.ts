import type { Plugin } from "graphql-yoga";
import { contentTypeOf } from "../lib/storage/content-type.ts";
import type { ObjectStore } from "../lib/storage/object-store.ts";
import type { PathSigner } from "../lib/storage/signed-path.ts";

/** Seconds. A signed URL is good for one to two of these, and stays the same for one, so that a browser can keep its file. */
const STEP = 1800;

/** Where `storedFiles` serves an object to whoever is told. */
export function signedFilePath(signer: PathSigner): (key: string) => string {
  return (key) => signer.sign("GET", `/files/${key}`, (Math.floor(Date.now() / 1000 / STEP) + 2) * STEP);
}

/** Serves what the store holds of explanations: GET /files/<key>, to everybody, or with a signer to those whose URL it has signed. */
export function storedFiles(store: ObjectStore, signer?: PathSigner): Plugin {
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (!url.pathname.startsWith("/files/explanations/")) return;
      const refuse = (status: number, sentence: string) =>
        endResponse(new fetchAPI.Response(`${sentence}\n`, { status, headers: { "content-type": "text/plain" } }));
      const seconds = signer?.secondsLeft("GET", url);
      if (seconds === 0) return refuse(403, "This URL has expired, or was not made here: ask the API for a new one.");
      const key = url.pathname.slice("/files/".length);
      const stored = request.method === "GET" || request.method === "HEAD" ? await readFile(store, key) : null;
      if (stored === null) return refuse(404, "There is no such file.");
      const etag = `"${stored.etag}"`;
      const caching = { etag, "cache-control": seconds === undefined ? "private, no-cache" : `private, max-age=${seconds}` };
      if (request.headers.get("if-none-match") === etag)
        return endResponse(new fetchAPI.Response(null, { status: 304, headers: caching }));
      const headers = {
        "content-type": contentTypeOf(key),
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "content-length": String(stored.bytes.length),
      };
      const body = request.method === "HEAD" ? null : Buffer.from(stored.bytes);
      endResponse(new fetchAPI.Response(body, { headers: { ...headers, ...caching } }));
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
