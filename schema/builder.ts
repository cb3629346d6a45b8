import SchemaBuilder from "@pothos/core";
import RelayPlugin from "@pothos/plugin-relay";
import { GraphQLError } from "graphql";
import { GraphQLDateTime, GraphQLJSON } from "graphql-scalars";
import type { Deps } from "../lib/explanation/deps.ts";
import type { DrawingBudget } from "./limits/drawing-budget.ts";
import type { PassBudget } from "./limits/pass-budget.ts";
import type { Quota } from "../lib/explanation/request/ledger.ts";

/** What every resolver is given. */
export interface Context {
  readonly deps: Deps;
  /** Who asks; explanations of other owners are unknown to it. */
  readonly owner: string;
  /** Milliseconds between two looks at a log that is followed. */
  readonly pollMs: number;
  /** Bytes of the largest image that may be uploaded by itself. */
  readonly maxUploadBytes: number;
  /** Where an object of the store can be read for a while: a path on the server's own origin. */
  readonly filePath: (key: string) => string;
  /** The server's own origin as clients reach it. */
  readonly origin: string;
  /** To be called with the sequence number of each event that a subscription tells of, before it is told. */
  readonly onEvent: (sequence: number) => void;
  readonly budget: DrawingBudget;
  readonly passes: PassBudget;
  /** What the owner may use. */
  readonly limits: Limits;
  /** Told of what is wrong although the request is answered. */
  readonly onError: (error: unknown) => void;
  readonly request: Request;
}

/** What an owner may use; a limit that is left out is none. */
export interface Limits extends Quota {
  /** Requests to the API a minute. */
  readonly requestsPerMinute?: number;
  /** Subscriptions that are open at a time. */
  readonly openStreams?: number;
}

interface Types {
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: unknown; Output: unknown };
    Upload: { Input: File; Output: never };
  };
}

export const builder = new SchemaBuilder<Types>({
  plugins: [RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    // An answer grows with every id of a list.
    nodesQueryOptions: false,
    // The ids of explanations are unique as they are, and stand in URLs.
    encodeGlobalID: (_, id) => String(id),
    decodeGlobalID: (id) => ({ typename: "Explanation", id }),
    clientMutationId: "omit",
    cursorType: "String",
  },
});

builder.addScalarType("DateTime", GraphQLDateTime);
builder.addScalarType("JSON", GraphQLJSON);

builder.scalarType("Upload", {
  description: "A file of a multipart request (https://github.com/jaydenseric/graphql-multipart-request-spec).",
  serialize: () => {
    throw new TypeError("An Upload cannot be an output");
  },
  parseValue: (value) => (isFile(value) ? value : refuseFile()),
  parseLiteral: refuseFile,
});

builder.queryType({});
builder.mutationType({});
builder.subscriptionType({});

/** Where a client reads an object of the store. */
export function urlOf(key: string, { filePath, origin }: Context): string {
  return new URL(filePath(key), origin).href;
}

/** Of whichever fetch implementation it comes from. */
function isFile(value: unknown): value is File {
  return typeof value === "object" && value !== null && "arrayBuffer" in value && typeof value.arrayBuffer === "function";
}

function refuseFile(): never {
  const message = "Expected a file, sent in a multipart request and named in its `map`.";
  throw new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT" } });
}
