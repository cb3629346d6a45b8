import { setTimeout as wait } from "node:timers/promises";
import { CodedError, type ErrorCode } from "../errors.ts";
import type { Answer, Explainer, Question } from "./ask.ts";
import { graphqlClient, type GraphqlClient } from "./graphql-client.ts";

export interface ThereOptions {
  /** Where the API is: the address that ends in /graphql. */
  readonly endpoint: string;
  /** What it wants to be sent as x-api-key. */
  readonly apiKey?: string | undefined;
  /** How many explanations wait or run at a time. */
  readonly concurrency: number;
  /** Milliseconds between two looks at one that is not finished. */
  readonly pollMs: number;
}

/**
 * Has a running service explain, with as many workers as it has. Asking twice is asking once there, so an evaluation that goes on
 * after a break finds what was computed meanwhile. Throws SERVICE_UNREACHABLE.
 */
export async function explainerThere({ endpoint, apiKey, concurrency, pollMs }: ThereOptions): Promise<Explainer> {
  const client = graphqlClient(endpoint, apiKey);
  const { models } = await client.ask<{ models: { id: string; isDefault: boolean }[] }>("{ models { id isDefault } }", {});
  const ids = models.toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault)).map(({ id }) => id);
  return {
    models: ids,
    concurrency,
    async ask(question) {
      const id = await submit(client, question);
      await finished(client, id, pollMs);
      return answerOf(client, id);
    },
  };
}

/** Bytes of the largest image that any service of ours takes in a request. */
const IN_A_REQUEST = 4_000_000;

/** The explanation's id. */
async function submit(client: GraphqlClient, question: Question): Promise<string> {
  const mutation = "mutation ($input: ExplainImageInput!) { explainImage(input: $input) { id } }";
  const isSmall = question.image.length <= IN_A_REQUEST;
  const image = isSmall ? { image: null } : { upload: await uploaded(client, question.image) };
  const file = isSmall ? { path: "variables.input.image", bytes: question.image } : undefined;
  const { explainImage } = await client.ask<{ explainImage: { id: string } }>(
    mutation,
    { input: { ...image, ...inputOf(question) } },
    file,
  );
  return explainImage.id;
}

interface Upload {
  readonly createUpload: {
    readonly id: string;
    readonly url: string;
    readonly headers: readonly { readonly name: string; readonly value: string }[];
  };
}

/** Sends a file by itself; the upload's id. */
async function uploaded(client: GraphqlClient, bytes: Uint8Array): Promise<string> {
  const mutation = "mutation ($bytes: Int!) { createUpload(input: { bytes: $bytes }) { id url headers { name value } } }";
  const { createUpload } = await client.ask<Upload>(mutation, { bytes: bytes.length });
  await client.put(createUpload.url, createUpload.headers, bytes);
  return createUpload.id;
}

function inputOf({ model, target, spec, metrics }: Question): object {
  const { seed, ...options } = spec.options;
  return {
    model,
    target: target ?? null,
    method: spec.method,
    seed: seed ?? null,
    options: inCapitals(options),
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, given]) => [name, inCapitals(given)])),
  };
}

/** The texts among options name values of enums, which are in capitals there. */
function inCapitals(given: unknown): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  const entries = Object.entries(given).map(([name, value]) => [name, typeof value === "string" ? value.toUpperCase() : value]);
  return Object.fromEntries(entries);
}

interface State {
  readonly explanation: { readonly status: string; readonly error: { readonly code: string; readonly message: string } | null };
}

async function finished(client: GraphqlClient, id: string, pollMs: number): Promise<void> {
  for (;;) {
    const { explanation } = await client.ask<State>(
      "query ($id: ID!) { explanation(id: $id) { status error { code message } } }",
      {
        id,
      },
    );
    if (explanation.status === "SUCCEEDED") return;
    if (explanation.status === "CANCELED") throw new CodedError("EXPLANATION_FINISHED", `The explanation ${id} was cancelled.`);
    if (explanation.error) throw new CodedError(explanation.error.code as ErrorCode, explanation.error.message);
    await wait(pollMs);
  }
}

interface Found {
  readonly explanation: Pick<Answer, "id" | "target" | "measured"> & {
    readonly progress: { readonly total: number | null };
    readonly timings: { readonly total: number | null };
    readonly saliencyMap: { readonly overlay: string };
  };
}

async function answerOf(client: GraphqlClient, id: string): Promise<Answer> {
  const { explanation } = await client.ask<Found>(
    `query ($id: ID!) {
      explanation(id: $id) {
        id
        target { index label probability }
        progress { total }
        timings { total }
        measured: metrics { metric value curve { shares probabilities } }
        saliencyMap { overlay }
      }
    }`,
    { id },
  );
  const { target, progress, timings, measured, saliencyMap } = explanation;
  return {
    id,
    target,
    masks: progress.total ?? 0,
    seconds: (timings.total ?? 0) / 1000,
    measured: measured.map(({ metric, value, curve }) => ({ metric, value, ...(curve && { curve }) })),
    picture: () => client.file(saliencyMap.overlay),
  };
}
