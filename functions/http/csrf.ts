import { useCSRFPrevention } from "@graphql-yoga/plugin-csrf-prevention";
import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";

/** A client has to send one of these with a multipart or GET request: no other site's form or image can. */
export const csrfHeaders = ["x-graphql-yoga-csrf", "graphql-preflight", "apollo-require-preflight", "x-apollo-operation-name"];

/** Refuses what a page of another site could have sent without being asked, and says which header is missing. */
export function csrfPrevention(): Plugin {
  const { onRequestParse } = useCSRFPrevention({ requestHeaders: csrfHeaders }) as Required<Plugin>;
  return {
    onRequestParse(payload) {
      if (isOwnEventSource(payload.request)) return;
      try {
        return onRequestParse(payload);
      } catch (error) {
        const { extensions } = error as GraphQLError;
        const message = `A GET or multipart request needs the header ${csrfHeaders[0]}, with any value.`;
        throw new GraphQLError(message, { extensions: { ...extensions, code: "CSRF_HEADER_MISSING" } });
      }
    },
  };
}

/** An EventSource can send no header of its own; a browser says by one that no page can write that it is this origin's. */
function isOwnEventSource({ method, headers }: Request): boolean {
  const isStream = method === "GET" && headers.get("accept") === "text/event-stream";
  return isStream && headers.get("sec-fetch-site") === "same-origin";
}
