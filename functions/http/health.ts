import type { Plugin } from "graphql-yoga";
import type { Readiness } from "../readiness.ts";

/**
 * GET /health: this process answers. GET /ready: the service can do its work, 503 with the reasons where it cannot. Both say nothing of
 * anybody's, and are answered without a key. Without `look` there is no /ready.
 */
export function health(look?: () => Promise<Readiness>): Plugin {
  return {
    async onRequest({ request, url: { pathname }, fetchAPI, endResponse }) {
      if (pathname !== "/health" && (pathname !== "/ready" || !look)) return;
      const answer = (status: number, body: object, more = {}) => {
        const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...more };
        endResponse(new fetchAPI.Response(request.method === "HEAD" ? null : `${JSON.stringify(body)}\n`, { status, headers }));
      };
      if (request.method !== "GET" && request.method !== "HEAD")
        return answer(405, { reason: "Use GET." }, { allow: "GET, HEAD" });
      if (pathname === "/health") return answer(200, { alive: true });
      const readiness = await look!();
      answer(readiness.ready ? 200 : 503, readiness);
    },
  };
}
