import { EnvelopArmorPlugin } from "@escape.tech/graphql-armor";
import { useCSRFPrevention } from "@graphql-yoga/plugin-csrf-prevention";
import { renderGraphiQL } from "@graphql-yoga/render-graphiql";
import { createFetch } from "@whatwg-node/fetch";
import { GraphQLError } from "graphql";
import { createYoga, type Plugin, type YogaServerInstance } from "graphql-yoga";
import { CodedError } from "../lib/errors.ts";
import type { Desk } from "../lib/explanation/desk.ts";
import { bodyLimit } from "./body-limit.ts";
import type { Context } from "./builder.ts";
import { exampleQuery } from "./example-query.ts";
import { schema } from "./schema.ts";

export interface GraphQLOptions {
  readonly desk: Desk;
  /** Milliseconds between two looks at a log that is followed. */
  readonly pollMs: number;
  /** Bytes of the largest image that is taken, and roughly of the largest request. */
  readonly maxImageBytes: number;
  /** Web origins, beside the server's own, whose pages may use the API. */
  readonly origins: readonly string[];
  /** Told of every error that is not the user's. */
  readonly onError: (error: unknown) => void;
  readonly plugins?: readonly Plugin[];
}

/** A client has to send one of these with a multipart or GET request: no other site's form or image can. */
const csrfHeaders = ["x-graphql-yoga-csrf", "graphql-preflight"];

/** The whole application: its `fetch` answers every request, GraphQL over HTTP, multipart and SSE, and GraphiQL. */
export function createGraphQL(options: GraphQLOptions): YogaServerInstance<object, Pick<Context, "desk" | "owner" | "pollMs">> {
  const { desk, pollMs, maxImageBytes, origins, onError } = options;
  return createYoga({
    schema,
    context: () => ({ desk, owner: "local", pollMs }),
    landingPage: false,
    graphiql: { title: "vitcx", defaultQuery: exampleQuery },
    renderGraphiQL,
    cors: origins.length === 0 ? false : { origin: [...origins], allowedHeaders: ["content-type", ...csrfHeaders] },
    fetchAPI: createFetch({ formDataLimits: { files: 1, fields: 2, fileSize: maxImageBytes, fieldSize: 100_000 } }),
    logging: false,
    maskedErrors: { maskError: (error) => coded(error, onError) },
    plugins: [
      ...(options.plugins ?? []),
      bodyLimit(maxImageBytes),
      useCSRFPrevention({ requestHeaders: csrfHeaders }),
      EnvelopArmorPlugin({
        maxAliases: { n: 50 },
        maxDepth: { n: 10 },
        maxTokens: { n: 2000 },
        blockFieldSuggestion: { enabled: false },
      }) as Plugin,
    ],
  });
}

/** The user's errors keep their code and sentence; what is ours is logged, and told as no more than that. */
function coded(error: unknown, onError: (error: unknown) => void): GraphQLError {
  const original = error instanceof GraphQLError ? error.originalError : error;
  if (original instanceof CodedError) return withCode(error, original.message, original.code);
  if (error instanceof GraphQLError && (!original || original instanceof GraphQLError)) return error;
  onError(original);
  return withCode(error, "Something went wrong on our side; the server's log says what.", "INTERNAL");
}

function withCode(error: unknown, message: string, code: string): GraphQLError {
  const { nodes, source, positions, path } = error instanceof GraphQLError ? error : new GraphQLError(message);
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    extensions: { code },
  });
}
