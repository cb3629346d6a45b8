import type { Plugin } from "graphql-yoga";
import { contentTypeOf } from "../../lib/storage/content-type.ts";
import type { ObjectStore } from "../../lib/storage/object-store.ts";
import type { PathSigner } from "../../lib/storage/signed-path.ts";

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
      const [, known] = /^"([\w-]+)"$/.exec(request.headers.get("if-none-match") ?? "") ?? [];
      const found = await find(store, request.method, key, known);
      if (found === null) return refuse(404, "There is no such file.");
      const caching = {
        etag: `"${found.etag}"`,
        "cache-control": seconds === undefined ? "private, no-cache" : `private, max-age=${seconds}`,
      };
      if (found.etag === known) return endResponse(new fetchAPI.Response(null, { status: 304, headers: caching }));
      const headers = {
        "content-type": contentTypeOf(key),
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "content-length": String("bytes" in found ? found.bytes.length : found.size),
      };
      const body = "bytes" in found ? Buffer.from(found.bytes) : null;
      endResponse(new fetchAPI.Response(body, { headers: { ...headers, ...caching } }));
    },
  };
}

/** What a client needs of an object, so that a store sends bytes to those alone who want them; null also for a key that none can have. */
async function find(store: ObjectStore, method: string, key: string, known: string | undefined) {
  try {
    if (method === "HEAD") return await store.head(key);
    if (method !== "GET") return null;
    const stored = await (known === undefined ? store.get(key) : store.get(key, known));
    return stored === "unchanged" ? { etag: known!, size: 0 } : stored;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
