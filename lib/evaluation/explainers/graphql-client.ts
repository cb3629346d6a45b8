import { type Answer, NoAnswer, post, request } from "../../client/graphql.ts";
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
  /** For how long a service that was there before may be away, in milliseconds. Default ten minutes: nobody needs to look after a run. */
  readonly patienceMs?: number;
}

/** Speaks to a service of ours, with much patience once it has been there. */
export function graphqlClient({ endpoint, apiKey, stop, timeoutMs, patienceMs = 600_000 }: ClientOptions): GraphqlClient {
  let wasThere = false;
  const headers = { "x-graphql-yoga-csrf": "1", ...(apiKey && { "x-api-key": apiKey }) };
  // The address of a service that was never there is most likely mistyped; one that is only throttled answers within a few seconds.
  const patience = () => ({ signal: stop, timeoutMs, patienceMs: wasThere ? patienceMs : Math.min(5000, patienceMs) });

  return {
    async ask<Data>(query: string, variables: object, upload?: Upload) {
      const file = upload && { paths: [upload.path], file: new Blob([Buffer.from(upload.bytes)]) };
      const answer: Answer<Data> = await post<Data>({ endpoint, query, variables, headers, file, ...patience() }).catch(
        (error: unknown) => {
          throw unreachable(endpoint, error);
        },
      );
      wasThere = true;
      const [error] = answer.errors ?? [];
      if (error) throw new CodedError((error.extensions?.code ?? "INTERNAL") as ErrorCode, error.message);
      return answer.data as Data;
    },
    async put(url, given, bytes) {
      const sent = given.map(({ name, value }): [string, string] => [name, value]);
      const response = await reached(url, { method: "PUT", headers: sent, body: Buffer.from(bytes) });
      if (!response.ok) throw refused(`The file could not be uploaded: ${response.status} ${await response.text()}`);
    },
    async file(given) {
      const url = new URL(given, endpoint);
      // Signed addresses of another origin, as a bucket's, need no key, and it is not theirs to know.
      const isOwn = url.origin === new URL(endpoint).origin;
      const response = await reached(url.href, isOwn ? { headers } : { redirect: "follow" });
      if (!response.ok) throw refused(`${url.href} answered ${response.status}.`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };

  function reached(url: string, init: RequestInit): Promise<Response> {
    return request(url, init, patience()).catch((error: unknown) => {
      throw unreachable(url, error);
    });
  }
}

/** A redirect that was followed would take the key along, wherever it leads. */
function unreachable(url: string, error: unknown): unknown {
  if (!(error instanceof NoAnswer)) return error;
  const { location, status } = error;
  if (location !== null) return refused(`${url} has moved to ${location}; name that address.`, error);
  return refused(status === 0 || status >= 400 ? error.message : `${url} is no GraphQL API.`, error);
}

function refused(message: string, cause?: unknown): CodedError {
  return new CodedError("SERVICE_UNREACHABLE", message, { cause });
}
