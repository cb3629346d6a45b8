import pRetry from "p-retry";
import { CodedError, type ErrorCode } from "../../errors.ts";

/** A file among the variables, which travels as a multipart request. */
interface Upload {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface GraphqlClient {
  /** The `data` of an operation. Throws a CodedError: what the service refuses, or SERVICE_UNREACHABLE. */
  readonly ask: <Data>(query: string, variables: object, upload?: Upload) => Promise<Data>;
  /** Puts a file where `createUpload` says. */
  readonly put: (
    url: string,
    headers: readonly { readonly name: string; readonly value: string }[],
    bytes: Uint8Array,
  ) => Promise<void>;
  /** The bytes behind a URL of the service. */
  readonly file: (url: string) => Promise<Uint8Array>;
}

export interface ClientOptions {
  /** The address that ends in /graphql. */
  readonly endpoint: string;
  /** Sent as x-api-key, to the endpoint's own origin alone. */
  readonly apiKey?: string | undefined;
  /** Ends all that is waited for. */
  readonly stop: AbortSignal;
  /** How long one request may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Waits 0.5, 1, 2 … 16 s before the second, third … attempt to reach a service that was there before. */
const RETRIES = { retries: 6, minTimeout: 500, factor: 2 };

/** Speaks to a service of ours. What fails on its side is asked again, for half a minute: all that it is asked may be done twice. */
export function graphqlClient({ endpoint, apiKey, stop, timeoutMs }: ClientOptions): GraphqlClient {
  let wasThere = false;
  const headers = { "x-graphql-yoga-csrf": "1", ...(apiKey && { "x-api-key": apiKey }) };

  const reach = (url: string, request: () => RequestInit) =>
    pRetry(() => reachOnce(url, request), { ...RETRIES, signal: stop, shouldRetry: () => wasThere });

  async function reachOnce(url: string, request: () => RequestInit): Promise<Response> {
    // A redirect that was followed would take the key along, wherever it leads.
    const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
    const response = await fetch(url, { redirect: "manual", ...request(), signal }).catch((cause: unknown) => {
      stop.throwIfAborted();
      throw unreachable(`${url} cannot be reached.`, cause);
    });
    if (response.status >= 500) throw unreachable(`${url} answered ${response.status}.`);
    wasThere = true;
    return response;
  }

  return {
    async ask<Data>(query: string, variables: object, upload?: Upload) {
      const response = await reach(endpoint, () => ({ method: "POST", ...bodyOf(query, variables, headers, upload) }));
      const to = response.headers.get("location");
      if (to !== null) throw unreachable(`${endpoint} has moved to ${to}; name that address.`);
      const { data, errors } = (await response.json().catch((cause: unknown) => {
        stop.throwIfAborted();
        throw unreachable(`${endpoint} is no GraphQL API.`, cause);
      })) as Reply<Data>;
      if (errors?.[0]) throw new CodedError((errors[0].extensions?.code ?? "INTERNAL") as ErrorCode, errors[0].message);
      return data as Data;
    },
    async put(url, given, bytes) {
      const sent = given.map(({ name, value }): [string, string] => [name, value]);
      const response = await reach(url, () => ({ method: "PUT", headers: sent, body: Buffer.from(bytes) }));
      if (!response.ok) throw unreachable(`The file could not be uploaded: ${response.status} ${await response.text()}`);
    },
    async file(given) {
      const url = new URL(given, endpoint);
      // Signed addresses of another origin, as a bucket's, need no key, and it is not theirs to know.
      const isOwn = url.origin === new URL(endpoint).origin;
      const response = await reach(url.href, () => (isOwn ? { headers } : { redirect: "follow" }));
      if (!response.ok) throw unreachable(`${url.href} answered ${response.status}.`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

interface Reply<Data> {
  readonly data?: Data;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

function unreachable(message: string, cause?: unknown): CodedError {
  return new CodedError("SERVICE_UNREACHABLE", message, { cause });
}

function bodyOf(query: string, variables: object, headers: Record<string, string>, upload: Upload | undefined): RequestInit {
  const operations = JSON.stringify({ query, variables });
  if (!upload) return { headers: { ...headers, "content-type": "application/json" }, body: operations };
  const body = new FormData();
  body.set("operations", operations);
  body.set("map", JSON.stringify({ file: [upload.path] }));
  body.set("file", new Blob([Buffer.from(upload.bytes)]));
  return { headers, body };
}
