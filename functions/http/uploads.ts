import type { Plugin } from "graphql-yoga";
import { type CodedError, isStorageError } from "../../lib/errors.ts";
import { type ObjectStore, uploadHeaders } from "../../lib/storage/object-store.ts";
import type { PathSigner } from "../../lib/storage/signed-path.ts";

/**
 * Takes what an embedded store's upload URLs invite: PUT /uploads/<owner>/<id>, exactly the bytes that were signed for. A bucket
 * takes its own. No page of another site can use it: it would have to know a URL that is told to the owner alone, and a browser
 * asks before it sends a PUT anywhere else, which only VITCX_ORIGINS are answered.
 */
export function uploads(store: ObjectStore, signer: PathSigner): Plugin {
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (!url.pathname.startsWith("/uploads/") || request.method === "OPTIONS") return;
      const refuse = (status: number, sentence: string) => {
        const headers = { "content-type": "text/plain" };
        endResponse(new fetchAPI.Response(`${sentence}\n`, { status, headers }));
      };
      if (request.method !== "PUT") return refuse(405, "Send the file with PUT.");
      if (signer.secondsLeft("PUT", url) === 0)
        return refuse(403, "This URL has expired, or was not made here: ask createUpload for one.");
      const bytes = url.searchParams.get("bytes");
      const length = request.headers.get("content-length");
      if (length !== bytes)
        return refuse(403, `Expected a file of ${bytes} bytes, as createUpload was told, got ${length ?? "no length"}.`);
      for (const { name, value } of uploadHeaders) {
        if (request.headers.get(name) !== value)
          return refuse(403, `Expected the header ${name}: ${value}, as createUpload says.`);
      }
      const bytesSent = new Uint8Array(await request.arrayBuffer());
      const problem = await store.put(url.pathname.slice(1), bytesSent).then(() => null, unlessStorageError);
      if (problem !== null) return refuse(problem.code === "STORAGE_FULL" ? 507 : 503, problem.message);
      endResponse(new fetchAPI.Response(null, { status: 200 }));
    },
  };
}

function unlessStorageError(error: unknown): CodedError {
  if (isStorageError(error)) return error;
  throw error;
}
