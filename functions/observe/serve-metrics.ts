import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Plugin } from "graphql-yoga";
import type { Metrics } from "./metrics.ts";

/**
 * Serves the metrics on a port of their own, to whoever can reach it; by default that is this machine alone. Throws what `listen` does.
 *
 * @returns the port, and how to end it
 */
export async function serveMetrics(metrics: Metrics, port: number, host: string) {
  const server = createServer((request, response) => {
    const isAsked = request.method === "GET" && request.url?.split("?")[0] === "/metrics";
    if (!isAsked) return void response.writeHead(404, { "content-type": "text/plain" }).end("There is /metrics alone.\n");
    metrics.text().then(
      ({ type, body }) => response.writeHead(200, { "content-type": type }).end(body),
      () => response.writeHead(500, { "content-type": "text/plain" }).end("The metrics cannot be read.\n"),
    );
  });
  server.listen(port, host);
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close().closeAllConnections() };
}

/**
 * GET /metrics on the API's own port, for who sends `Authorization: Bearer <token>`. Without a token there is no such page: where a
 * request comes from does not tell who sends it, for behind a proxy all come from this machine.
 */
export function metricsPage(metrics: Metrics, token: string | undefined): Plugin {
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (url.pathname !== "/metrics") return;
      const answer = (status: number, type: string, body: string, more = {}) =>
        endResponse(
          new fetchAPI.Response(body, { status, headers: { "content-type": type, "cache-control": "no-store", ...more } }),
        );
      if (token === undefined)
        return answer(404, "text/plain", "Metrics are served where VITCX_METRICS_TOKEN or VITCX_METRICS_PORT says so.\n");
      if (!isBearer(request.headers.get("authorization") ?? "", token))
        return answer(401, "text/plain", "Send the token: Authorization: Bearer …\n", { "www-authenticate": "Bearer" });
      const { type, body } = await metrics.text();
      answer(200, type, body);
    },
  };
}

function isBearer(header: string, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(header), digest(`Bearer ${token}`));
}
