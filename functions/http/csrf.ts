import { useCSRFPrevention } from "@graphql-yoga/plugin-csrf-prevention";
import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";

/** A client has to send one of these with a multipart or GET request: no other site's form or image can. */
export const csrfHeaders = ["x-graphql-yoga-csrf", "graphql-preflight"];

/** Refuses what a page of another site could have sent without being asked, and says which header is missing. */
export function csrfPrevention(): Plugin {
  const { onRequestParse } = useCSRFPrevention({ requestHeaders: csrfHeaders }) as Required<Plugin>;
  return {
    onRequestParse(payload) {
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
