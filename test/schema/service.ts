import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { listener } from "../../functions/http/listener.ts";
import { signedFilePath, storedFiles } from "../../functions/http/files.ts";
import { uploads } from "../../functions/http/uploads.ts";
import type { Deps } from "../../lib/explanation/deps.ts";
import type { PathSigner } from "../../lib/storage/signed-path.ts";
import { createGraphQL, type GraphQLOptions } from "../../functions/http/yoga.ts";
import { photograph } from "../image/images.ts";
import { openWorkshop, type Workshop } from "../explanation/workshop.ts";

/** The header without which no multipart request is taken. */
export const csrf = { "x-graphql-yoga-csrf": "1" };

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- what a test expects of an answer, it says where it expects it
  readonly data: any;
  readonly errors: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[] | undefined;
}

/** The API on a port of its own, and a worker that works when it is told to. */
export interface Service extends Workshop {
  readonly origin: string;
  readonly url: string;
  readonly server: Server;
  /** What the API said was not the user's fault. */
  readonly apiErrors: unknown[];
  readonly ask: (query: string, variables?: Record<string, unknown>) => Promise<Answer>;
  /** Asks for an explanation of `image` with the rest of the input. */
  readonly explain: (image: Uint8Array, input?: Record<string, unknown>) => Promise<Answer>;
  /** Asks, and fails where it is refused: the explanation's id. */
  readonly submit: (image?: Uint8Array, input?: Record<string, unknown>) => Promise<string>;
  readonly download: (url: string) => Promise<Uint8Array>;
}

export const explainImage = "mutation ($input: ExplainImageInput!) { explainImage(input: $input) { id status } }";

/** `signer`: the URLs of files are signed, as they are where there are API keys. */
export async function startService(
  { signer, ...options }: Partial<GraphQLOptions> & { readonly signer?: PathSigner } = {},
  change?: (deps: Deps) => Partial<Deps>,
  patience?: Parameters<typeof listener>[1],
): Promise<Service> {
  const workshop = await openWorkshop(change);
  const apiErrors: unknown[] = [];
  const yoga = createGraphQL({
    deps: workshop.deps,
    pollMs: 5,
    maxImageBytes: 20_000_000,
    origins: [],
    onError: (error) => apiErrors.push(error),
    plugins: [storedFiles(workshop.deps.store, signer), uploads(workshop.deps.store, workshop.signer)],
    ...(signer && { filePath: signedFilePath(signer) }),
    ...options,
  });
  const server = createServer(listener(yoga, patience));
  // A worker in this process may keep it busy past the usual 5 s, after which a request would meet a connection that is being closed.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const url = `${origin}/graphql`;

  const ask = async (query: string, variables: Record<string, unknown> = {}) =>
    answerOf(
      await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query, variables }),
      }),
    );
  const explain = async (image: Uint8Array, input: Record<string, unknown> = {}) =>
    answerOf(await fetch(url, { method: "POST", headers: csrf, body: multipart(image, input) }));
  const submit = async (image?: Uint8Array, input?: Record<string, unknown>) => {
    const { data, errors } = await explain(image ?? (await picture()), input);
    if (errors) throw new Error(JSON.stringify(errors));
    return data.explainImage.id as string;
  };
  const download = async (from: string) => {
    const response = await fetch(from);
    if (!response.ok) throw new Error(`${from}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  };
  return { ...workshop, origin, url, server, apiErrors, ask, explain, submit, download };
}

export async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, ...((await response.json()) as Omit<Answer, "status">) };
}

/** A request of the GraphQL multipart request specification. */
export function multipart(image: Uint8Array, input: Record<string, unknown> = {}, name = "photo.png"): FormData {
  const form = new FormData();
  form.set("operations", JSON.stringify({ query: explainImage, variables: { input: { image: null, ...input } } }));
  form.set("map", JSON.stringify({ 0: ["variables.input.image"] }));
  form.set("0", new File([new Uint8Array(image)], name));
  return form;
}

/** A picture of 64 × 48 pixels. */
export async function picture(): Promise<Uint8Array> {
  return (drawn ??= photograph(64, 48).png().toBuffer());
}

let drawn: Promise<Uint8Array> | undefined;
