import { Passing, type Patience, persist, retryAfter } from "./persist.ts";

/** What a GraphQL server answers. */
export interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly ResponseError[];
}

interface ResponseError {
  readonly message: string;
  readonly extensions?: { readonly code?: string; readonly retryAfterSeconds?: number };
}

/** A file among the variables: they have a null at each of the paths, such as `variables.input.image`. */
export interface UploadedFile {
  readonly paths: readonly string[];
  readonly file: Blob;
}

export interface Post extends Patience {
  readonly endpoint: string;
  readonly query: string;
  readonly variables: object;
  readonly headers: Readonly<Record<string, string>>;
  readonly file?: UploadedFile | undefined;
}

/** Nothing was answered that GraphQL can be read from; `status` is 0 where nothing was answered at all. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  readonly status: number;
  /** Where a redirect leads. */
  readonly location: string | null;

  constructor(message: string, status: number, location: string | null, cause?: unknown) {
    super(message, { cause });
    [this.status, this.location] = [status, location];
  }
}

/** Answers of a server, or of what stands before it, that is there and has no time: throttled, restarted, overloaded. */
const BUSY = new Set([429, 502, 503, 504]);

/** How often a request is repeated that the server failed at: a defect that it shows each time is told soon. */
const INTERNAL_ATTEMPTS = 5;

/**
 * Posts an operation, with a file where there is one (https://github.com/jaydenseric/graphql-multipart-request-spec), and gives the
 * answer. Repeats it, with growing random waits and as `Retry-After` says, where the server cannot be reached, answers 429, 502, 503 or
 * 504, fails with INTERNAL, or says LIMIT_EXCEEDED: each operation of this API may be done twice. Throws a NoAnswer where that does not help;
 * INTERNAL and LIMIT_EXCEEDED are given back as they were answered.
 */
export async function post<Data>({ endpoint, query, variables, headers, file, ...patience }: Post): Promise<Answer<Data>> {
  let last: Answer<Data> | undefined;
  try {
    return await persist(async (signal) => {
      last = undefined;
      const response = await reach(endpoint, {
        method: "POST",
        ...encode(query, variables, headers, file),
        redirect: "manual",
        signal,
      });
      const text = await response.text().catch((cause: unknown) => {
        throw new Passing(`${endpoint} broke off its answer.`, { cause });
      });
      const answer = parse<Data>(text);
      if (answer === undefined) throw noAnswer(endpoint, response);
      const { code, retryAfterSeconds: after = 0 } = answer.errors?.[0]?.extensions ?? {};
      if (code === undefined || !PASSING.has(code)) return answer;
      last = answer;
      throw new Passing(code, { after, ...(code === "INTERNAL" && { attempts: INTERNAL_ATTEMPTS }) });
    }, patience);
  } catch (error) {
    if (!(error instanceof Passing)) throw error;
    if (last) return last;
    throw error.cause instanceof NoAnswer ? error.cause : new NoAnswer(error.message, 0, null, error.cause);
  }
}

/** Codes of what may pass: that of a defect, of a limit by time, and of a disk that is full. */
const PASSING: ReadonlySet<string> = new Set(["INTERNAL", "LIMIT_EXCEEDED", "STORAGE_FULL", "STORAGE_UNAVAILABLE"]);

/** A request whose answer is no GraphQL: a file, an upload. Repeated as `post` does; a NoAnswer where that does not help. */
export async function request(url: string, init: RequestInit, patience: Patience): Promise<Response> {
  return persist((signal) => reach(url, { redirect: "manual", ...init, signal }), patience).catch((error: unknown) => {
    if (!(error instanceof Passing)) throw error;
    throw error.cause instanceof NoAnswer ? error.cause : new NoAnswer(error.message, 0, null, error.cause);
  });
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw new Passing(`${url} cannot be reached.`, { cause });
  });
  if (!BUSY.has(response.status)) return response;
  await response.body?.cancel();
  const after = retryAfter(response.headers.get("retry-after"), Date.now());
  throw new Passing(`${url} answered ${response.status}.`, { after, cause: noAnswer(url, response) });
}

function noAnswer(url: string, { status, headers }: Response): NoAnswer {
  // The service's own 413 is GraphQL.
  const reason = status === 413 ? ": a proxy before it does not take a request of this size" : "";
  return new NoAnswer(`${url} answered ${status}${reason}.`, status, headers.get("location"));
}

function parse<Data>(text: string): Answer<Data> | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null && ("data" in answer || "errors" in answer)
      ? (answer as Answer<Data>)
      : undefined;
  } catch {
    return undefined;
  }
}

function encode(query: string, variables: object, headers: Readonly<Record<string, string>>, file: UploadedFile | undefined) {
  const operations = JSON.stringify({ query, variables });
  if (!file) return { headers: { ...headers, "content-type": "application/json" }, body: operations };
  const body = new FormData();
  body.set("operations", operations);
  body.set("map", JSON.stringify({ file: file.paths }));
  body.set("file", file.file);
  // The header tells the server that no form of another site has sent this.
  return { headers: { ...headers, "x-graphql-yoga-csrf": "1" }, body };
}
