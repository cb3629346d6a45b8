import { EnvelopArmorPlugin } from "@escape.tech/graphql-armor";
import { GraphQLError, type GraphQLErrorExtensions } from "graphql";
import { createYoga, type Plugin, type YogaServerInstance } from "graphql-yoga";
import { CodedError, isStorageError } from "../../lib/errors.ts";
import type { Deps } from "../../lib/explanation/deps.ts";
import { bodyLimit, maxRequestBytes } from "./body-limit.ts";
import type { Context } from "../../schema/builder.ts";
import { csrfHeaders, csrfPrevention } from "./csrf.ts";
import type { Owner } from "../access/limits.ts";
import { DrawingBudget } from "../../schema/limits/drawing-budget.ts";
import { PassBudget } from "../../schema/limits/pass-budget.ts";
import { eventStreams } from "./event-stream.ts";
import { forwardedUrl } from "./forwarded-url.ts";
import { graphiql } from "./graphiql.ts";
import { multipartRequests } from "./multipart.ts";
import { refusedInWords } from "./refused-in-words.ts";
import { schema } from "../../schema/schema.ts";
import { unpackBody } from "./unpack-body.ts";

export interface GraphQLOptions {
  readonly deps: Deps;
  /** Milliseconds between two looks at a log that is followed. */
  readonly pollMs: number;
  /** Bytes of the largest image that is taken, and roughly of the largest request. */
  readonly maxImageBytes: number;
  /** Bytes of the largest image that may be uploaded by itself; as many by default. */
  readonly maxUploadBytes?: number;
  /** Milliseconds between two signs of life of a stream without events. */
  readonly pingMs?: number;
  /** Web origins, beside the server's own, whose pages may use the API. */
  readonly origins: readonly string[];
  /** Told of every error that is not the user's. */
  readonly onError: (error: unknown) => void;
  readonly plugins?: readonly Plugin[];
  /** Whose explanations a request is about, and what they may use; "local", and without limits, where there is only one who may ask. */
  readonly ownerOf?: (request: Request) => Owner;
  /** Where a plugin serves an object of the store, on the server's own origin; /files/<key> by default. */
  readonly filePath?: (key: string) => string;
  /** The server's own origin where it is not what requests are addressed to, as behind a proxy: `https://vitcx.example`. */
  readonly publicUrl?: string | undefined;
  /** Whether a proxy says by X-Forwarded-Proto and X-Forwarded-Host at which origin requests came to it; publicUrl counts before. */
  readonly trustProxy?: boolean;
}

/** The whole application: its `fetch` answers every request, GraphQL over HTTP, multipart and SSE, and GraphiQL. */
export function createGraphQL(options: GraphQLOptions): YogaServerInstance<object, Omit<Context, "request">> {
  const { deps, pollMs, maxImageBytes, maxUploadBytes = maxImageBytes, origins, onError } = options;
  const { ownerOf = () => ({ name: "local", limits: {} }), filePath = (key) => `/files/${key}` } = options;
  const { publicUrl, trustProxy = false } = options;
  const streams = eventStreams({ pingMs: options.pingMs, ownerOf });
  return createYoga({
    schema,
    context: ({ request }) => {
      const onEvent = (sequence: number) => streams.setSequence(request, sequence);
      const told = { filePath, origin: publicUrl ?? (trustProxy ? forwardedUrl(request) : request.url), onEvent };
      const { name: owner, limits } = ownerOf(request);
      const budgets = { budget: new DrawingBudget(), passes: new PassBudget(deps.maxPasses) };
      return { deps, owner, limits, pollMs, maxUploadBytes, ...told, onError, ...budgets };
    },
    // Ours says more: see health.ts.
    healthCheckEndpoint: "/graphql/health",
    landingPage: false,
    graphiql: false,
    cors: origins.length === 0 ? false : { origin: [...origins], allowedHeaders: ["content-type", "x-api-key", ...csrfHeaders] },
    maxRequestBodySize: maxRequestBytes(maxImageBytes),
    logging: false,
    maskedErrors: { maskError: (error) => coded(error, onError) },
    plugins: [
      // Before keys are wanted: it says nothing of anybody's, and has a place for the key.
      graphiql(),
      ...(options.plugins ?? []),
      refusedInWords(),
      bodyLimit(maxImageBytes),
      unpackBody(maxImageBytes),
      streams.plugin,
      csrfPrevention(),
      multipartRequests(maxImageBytes),
      EnvelopArmorPlugin({
        maxAliases: { n: 50 },
        maxDepth: { n: 10 },
        maxTokens: { n: 2000 },
        blockFieldSuggestion: { enabled: false },
      }) as Plugin,
    ],
  });
}

/**
 * The user's errors keep their code and sentence; what is ours is logged, and told as no more than that. A client that goes before
 * all of its request is there is nobody's error.
 */
function coded(error: unknown, onError: (error: unknown) => void): GraphQLError {
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  // The user is told, and so is whoever runs the service.
  if (isStorageError(original)) onError(original);
  if (original instanceof CodedError) return rewritten(error, original.message, { ...original.details, code: original.code });
  if (error instanceof GraphQLError && original instanceof GraphQLError) {
    if (typeof error.extensions["code"] === "string") return rewritten(error, error.message, error.extensions);
    // One with a path happened in a resolver or in writing out its value; one without is about the request.
    if (!error.path) return rewritten(error, error.message, { ...error.extensions, code: "BAD_USER_INPUT" });
  }
  if (!(original instanceof Error && original.name === "AbortError")) onError(original);
  return rewritten(error, "Something went wrong on our side; the server's log says what.", { code: "INTERNAL" });
}

/** Characters that are told of an error's beginning and its end, of one that repeats what a client has sent at length. */
const TOLD = 400;

/** The same error, where it happened, with other words. */
function rewritten(error: unknown, message: string, extensions: GraphQLErrorExtensions): GraphQLError {
  const { nodes, source, positions, path } = error instanceof GraphQLError ? error : new GraphQLError(message);
  const told = message.length > 2 * TOLD ? `${message.slice(0, TOLD)} … ${message.slice(-TOLD)}` : message;
  return new GraphQLError(told, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    extensions,
  });
}
