import type { Plugin } from "graphql-yoga";
import { refusal } from "../access/refusal.ts";

/** Says in words what the framework refuses with a status alone. */
export function refusedInWords(): Plugin {
  return {
    onRequest({ request, url, fetchAPI, endResponse }) {
      // Where graphql-sse's client begins its single connection mode.
      if (request.method !== "PUT" || !/^\/graphql(\/|$)/.test(url.pathname)) return;
      const message =
        "This server does not offer graphql-sse's single connection mode: leave `singleConnection` out, so that each subscription has a connection of its own, and use HTTP/2 for many.";
      endResponse(refusal(fetchAPI.Response, 405, message, { code: "METHOD_NOT_ALLOWED" }, { allow: "GET, POST" }));
    },
    onResponse({ request, response, setResponse, fetchAPI }) {
      if (response.status !== 406) return;
      const got = request.headers.get("accept") ?? "nothing";
      const message = `Expected the header Accept to allow application/graphql-response+json or application/json, or for a subscription text/event-stream, got ${got.slice(0, 200)}.`;
      setResponse(refusal(fetchAPI.Response, 406, message, { code: "NOT_ACCEPTABLE" }));
    },
  };
}
