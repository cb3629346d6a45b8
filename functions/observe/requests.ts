import { randomUUID } from "node:crypto";
import { type DocumentNode, type GraphQLError, Kind, type OperationDefinitionNode } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Logger } from "pino";
import type { RequestFacts } from "./metrics.ts";

export interface RequestWatch {
  readonly log: Logger;
  readonly ownerOf: (request: Request) => string | undefined;
  readonly observe?: ((request: RequestFacts) => void) | undefined;
}

/** What is known of a request so far. */
interface Watched {
  readonly id: string;
  readonly begun: number;
  readonly method: string;
  readonly path: string;
  readonly traceparent: string | null;
  operation?: string;
  codes: readonly string[];
}

/** An id that a proxy may have given the request. */
const REQUEST_ID = /^[\w.:-]{8,128}$/;

/**
 * Writes one line a request: its id (that of the header `x-request-id` where a proxy sent one; the answer has it, too), owner, operation,
 * status, milliseconds to the beginning of its answer, and the codes of its errors. Files and the page's own are written at the level
 * debug. To be the first of all plugins, so that it sees what others refuse.
 */
export function watchRequests({ log, ownerOf, observe }: RequestWatch): Plugin {
  const all = new WeakMap<object, Watched>();
  const of = (key: unknown) => (typeof key === "object" && key !== null ? all.get(key) : undefined);
  return {
    onRequest({ request, url, serverContext }) {
      const given = request.headers.get("x-request-id") ?? "";
      const id = REQUEST_ID.test(given) ? given : randomUUID();
      const { method } = request;
      const traceparent = request.headers.get("traceparent");
      const watched = {
        id,
        begun: performance.now(),
        method,
        path: url.pathname,
        traceparent,
        codes: [],
      };
      // Whichever of the two later hooks are given: a plugin may put another request in the place of this one.
      all.set(request, watched);
      if (serverContext) all.set(serverContext, watched);
    },
    onExecute({ args }) {
      name(args.document as DocumentNode, args.operationName as string | undefined, args.contextValue);
    },
    onSubscribe({ args }) {
      name(args.document as DocumentNode, args.operationName as string | undefined, args.contextValue);
    },
    onResultProcess({ request, result, serverContext }) {
      const watched = of(request) ?? of(serverContext);
      if (!watched || Symbol.asyncIterator in result) return;
      const errors = [result].flat().flatMap((each) => each.errors ?? []);
      watched.codes = [...new Set(errors.map(codeOf))];
    },
    onResponse({ request, response, serverContext }) {
      const watched = of(request) ?? of(serverContext);
      if (!watched) return;
      const { id, begun, method, path, traceparent, operation = kindOf(path), codes } = watched;
      // Now that keys were refreshed.
      const owner = ownerOf(request);
      const { status } = response;
      const told = codes.length === 0 && status >= 400 ? [`HTTP_${status}`] : codes;
      const ms = performance.now() - begun;
      if (response.headers.get("x-request-id") === null) response.headers.set("x-request-id", id);
      observe?.({ operation, status, codes: told, seconds: ms / 1000, id, owner, method, traceparent });
      const line = {
        id,
        owner,
        operation,
        method,
        status,
        ms: Math.round(ms * 10) / 10,
        ...(told.length > 0 && { codes: told }),
      };
      const isQuiet = !path.startsWith("/graphql") && !path.startsWith("/uploads/") && status < 500;
      log[isQuiet ? "debug" : "info"](line, "request");
    },
  };

  function name(document: DocumentNode, operationName: string | undefined, context: unknown): void {
    const { request } = context as { readonly request: Request };
    const watched = of(request) ?? of((context as { readonly req?: object }).req) ?? of(context);
    if (watched) watched.operation = operationOf(document, operationName);
  }
}

function codeOf({ extensions }: GraphQLError): string {
  const code = extensions?.["code"];
  return typeof code === "string" ? code : "UNKNOWN";
}

/** The kind and the root fields of an operation, which are the schema's and not the client's to name. */
export function operationOf(document: DocumentNode, operationName: string | undefined): string {
  const operations = document.definitions.filter(
    (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION,
  );
  const operation = operations.find(({ name }) => name?.value === operationName) ?? operations[0];
  if (!operation) return "unknown";
  const fields = operation.selectionSet.selections.flatMap((each) => (each.kind === Kind.FIELD ? [each.name.value] : []));
  const known = [...new Set(fields)].filter((field) => !field.startsWith("__")).toSorted();
  // Any number of fields together would be any number of names.
  return `${operation.operation} ${known.length > 2 ? "several" : known.join(",") || "other"}`;
}

function kindOf(path: string): string {
  const [, first = ""] = path.split("/");
  return ["graphql", "files", "uploads", "assets", "health", "ready", "metrics"].includes(first) ? first : "page";
}
