import { createHash } from "node:crypto";
import type { Plugin } from "graphql-yoga";
import { exampleQuery } from "./example-query.ts";
import { packed } from "./packed.ts";

interface Rendered {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly policy: string;
}

/** GraphiQL for a browser at /graphql, as guarded as the page: its scripts are known by their digests, and nothing of another host. */
export function graphiql(): Plugin {
  // Nine megabytes: made for the first who asks, and once.
  let rendered: Promise<Rendered> | undefined;
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      const isAsked = request.method === "GET" && (request.headers.get("accept") ?? "").includes("text/html");
      if (!isAsked || !/^\/graphql\/?$/.test(url.pathname)) return;
      const { bytes, policy } = await (rendered ??= render());
      const { body, headers } = await packed(request, bytes, "text/html");
      endResponse(
        new fetchAPI.Response(body, {
          headers: {
            ...headers,
            "content-type": "text/html; charset=utf-8",
            "content-length": String(body.length),
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cache-control": "no-cache",
          },
        }),
      );
    },
  };
}

async function render(): Promise<Rendered> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  const html = renderGraphiQL({ title: "vitcx", defaultQuery: exampleQuery });
  const scripts = [...html.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, script]) => script);
  const digests = scripts.map((script) => `'sha256-${createHash("sha256").update(script!).digest("base64")}'`);
  const policy = [
    "default-src 'none'",
    `script-src ${digests.join(" ")}`,
    // The editor sizes itself by style attributes, and its fonts and workers are parts of the one file.
    "style-src 'unsafe-inline'",
    "font-src data:",
    "img-src 'self' data: blob:",
    "worker-src blob: data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return { bytes: Buffer.from(html), policy };
}
