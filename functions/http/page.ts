import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { Plugin } from "graphql-yoga";
import { packed } from "./packed.ts";
import { pagePolicy } from "./page-policy.ts";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webp": "image/webp",
};

export interface PageOptions {
  /** The folder that `npm run web:build` filled. */
  readonly dist?: URL;
  /** Where `createUpload` has large images put, where that is not the server's own origin: `https://bucket.s3.….amazonaws.com`. */
  readonly uploadOrigin?: string | undefined;
}

/** What others answer, who know best what there is not. */
const NOT_OURS = /^\/(graphql|files|uploads|assets)(\/|$)/;

/**
 * Serves the page: one document for all of its addresses, and files named by their content. A browser that is led anywhere else is
 * given the document, too, which says so in words.
 */
export function page({ dist = new URL("../../web/dist/", import.meta.url), uploadOrigin }: PageOptions = {}): Plugin {
  return {
    async onRequest({ request, url: { pathname }, fetchAPI, endResponse }) {
      const isView = pathname === "/" || /^\/explanations(\/[0-9a-z]*)?\/?$/.test(pathname);
      const isAsset = /^\/assets\/[\w.-]+$/.test(pathname);
      const isNowhere = !isView && !NOT_OURS.test(pathname) && (request.headers.get("accept") ?? "").includes("text/html");
      if (!(isView || isAsset || isNowhere) || (request.method !== "GET" && request.method !== "HEAD")) return;
      const name = isAsset ? pathname.slice(1) : "index.html";
      const bytes = await readFile(new URL(name, dist)).catch(() => null);
      if (bytes === null) {
        const text = isAsset
          ? "There is no such file.\n"
          : "The page is not built: run `npm run web:build`. The API is at /graphql.\n";
        return endResponse(new fetchAPI.Response(text, { status: 404, headers: { "content-type": "text/plain" } }));
      }
      const type = types[extname(name)] ?? "application/octet-stream";
      const { body, headers: encoding } = await packed(request, bytes, type);
      const headers = {
        ...encoding,
        "content-type": type,
        "content-length": String(body.length),
        "content-security-policy": pagePolicy(uploadOrigin),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cache-control": isAsset ? "public, max-age=31536000, immutable" : "no-cache",
      };
      endResponse(new fetchAPI.Response(request.method === "HEAD" ? null : body, { status: isNowhere ? 404 : 200, headers }));
    },
  };
}
