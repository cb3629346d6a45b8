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

/** Asks the API, and gives its answer. A `File` among the variables travels as a multipart request. Throws an ApiError. */
export async function ask<Result, Variables extends object>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  const response = await fetch(endpoint, { method: "POST", ...encode(operation, variables), signal: signal ?? null }).catch(
    (error: unknown) => {
      if (signal?.aborted) throw error;
      throw new ApiError("UNREACHABLE", "The server cannot be reached. Is it running, and are you online?");
    },
  );
  const { data, errors } = await readAnswer<Result>(response);
  if (errors?.[0]) throw new ApiError(errors[0].extensions?.code ?? "UNKNOWN", errors[0].message);
  if (!data) throw new ApiError("UNKNOWN", `The server answered ${response.status} without data.`);
  return data;
}

interface Answer<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

async function readAnswer<Result>(response: Response): Promise<Answer<Result>> {
  const text = await response.text();
  try {
    return JSON.parse(text) as Answer<Result>;
  } catch {
    throw new ApiError("UNREACHABLE", `The server answered ${response.status}, and not in a way this page understands.`);
  }
}

/** https://github.com/jaydenseric/graphql-multipart-request-spec, with the one file where there is one. */
function encode(query: string, variables: object): Pick<RequestInit, "headers" | "body"> {
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
