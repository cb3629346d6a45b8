import { heldKey, keyHeaders } from "../key/held-key.ts";
import { anotherKey } from "../key/wanted-key.ts";
import type { Operation } from "./operation.ts";

/** What the server said was wrong, in a sentence, and its code for programs; UNREACHABLE where it said nothing. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export const endpoint = "/graphql";

/**
 * Asks the API, and gives its answer. A `File` among the variables travels as a multipart request. Where the server wants an API
 * key, the user is asked for it, and the request goes out again. Throws an ApiError.
 */
export async function ask<Result, Variables extends object>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  for (;;) {
    const key = heldKey();
    const { data, errors } = await post<Result>(encode(operation, variables), key, signal);
    if (isUnauthenticated(errors)) await anotherKey(key);
    else if (errors?.[0]) throw new ApiError(errors[0].extensions?.code ?? "UNKNOWN", errors[0].message);
    else if (data) return data;
    else throw new ApiError("UNKNOWN", "The server answered without data.");
  }
}

/** Whether the server takes a key. Throws an ApiError where it cannot be asked. */
export async function isKeyKnown(key: string): Promise<boolean> {
  const { errors } = await post(encode("{ __typename }", {}), key, undefined);
  return !isUnauthenticated(errors);
}

interface Answer<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

async function post<Result>(
  { headers, body }: Encoded,
  key: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Answer<Result>> {
  const request = { method: "POST", headers: { ...headers, ...keyHeaders(key) }, body, signal: signal ?? null };
  const response = await fetch(endpoint, request).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError("UNREACHABLE", "The server cannot be reached. Is it running, and are you online?");
  });
  const text = await response.text();
  try {
    return JSON.parse(text) as Answer<Result>;
  } catch {
    throw new ApiError("UNREACHABLE", `The server answered ${response.status}, and not in a way this page understands.`);
  }
}

function isUnauthenticated(errors: Answer<unknown>["errors"]): boolean {
  return errors?.[0]?.extensions?.code === "UNAUTHENTICATED";
}

interface Encoded {
  readonly headers: Record<string, string>;
  readonly body: string | FormData;
}

/** https://github.com/jaydenseric/graphql-multipart-request-spec, with the one file where there is one. */
function encode(query: string, variables: object): Encoded {
  const files: { path: string; file: File }[] = [];
  const withoutFiles = takeFiles(variables, "variables", files);
  const operations = JSON.stringify({ query, variables: withoutFiles });
  if (files.length === 0) return { headers: { "content-type": "application/json" }, body: operations };
  const body = new FormData();
  body.set("operations", operations);
  body.set("map", JSON.stringify(Object.fromEntries(files.map(({ path }, i) => [i, [path]]))));
  for (const [i, { file }] of files.entries()) body.set(String(i), file);
  return { headers: { "x-graphql-yoga-csrf": "1" }, body };
}

function takeFiles(value: unknown, path: string, into: { path: string; file: File }[]): unknown {
  if (value instanceof File) {
    into.push({ path, file: value });
    return null;
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, takeFiles(part, `${path}.${name}`, into)]));
}
