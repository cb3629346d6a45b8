import { type Answer, NoAnswer, post, type UploadedFile } from "../../lib/client/graphql.ts";
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
    const { data, errors } = await send<Result>(operation, variables, key, signal);
    if (isUnauthenticated(errors)) await anotherKey(key);
    else if (errors?.[0]) throw new ApiError(errors[0].extensions?.code ?? "UNKNOWN", errors[0].message);
    else if (data) return data;
    else throw new ApiError("UNKNOWN", "The server answered without data.");
  }
}

/** Whether the server takes a key. Throws an ApiError where it cannot be asked. */
export async function isKeyKnown(key: string): Promise<boolean> {
  const { errors } = await send("{ __typename }", {}, key, undefined);
  return !isUnauthenticated(errors);
}

/** Milliseconds: how long a page tries again before it says that the server cannot be reached, and how long one attempt may take. */
const [PATIENCE_MS, TIMEOUT_MS] = [5000, 60_000];

async function send<Result>(
  query: string,
  variables: object,
  key: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Answer<Result>> {
  const files: UploadedFile[] = [];
  const withoutFiles = takeFiles(variables, "variables", files) as object;
  const [file] = files;
  const request = { endpoint, query, variables: withoutFiles, headers: keyHeaders(key), file, signal };
  return post<Result>({ ...request, patienceMs: PATIENCE_MS, timeoutMs: TIMEOUT_MS }).catch((error: unknown) => {
    if (!(error instanceof NoAnswer)) throw error;
    const { status } = error;
    if (status === 0) throw new ApiError("UNREACHABLE", "The server cannot be reached. Is it running, and are you online?");
    // The server's own 413 is GraphQL.
    if (status === 413 && file)
      throw new ApiError(
        "IMAGE_TOO_LARGE",
        "A proxy before the server does not take a request of this size. Send a smaller photograph.",
      );
    throw new ApiError("UNREACHABLE", `The server answered ${status}, and not in a way this page understands.`);
  });
}

function isUnauthenticated(errors: Answer<unknown>["errors"]): boolean {
  return errors?.[0]?.extensions?.code === "UNAUTHENTICATED";
}

function takeFiles(value: unknown, path: string, into: UploadedFile[]): unknown {
  if (value instanceof File) {
    into.push({ paths: [path], file: value });
    return null;
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, takeFiles(part, `${path}.${name}`, into)]));
}
