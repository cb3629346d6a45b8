import { setTimeout as wait } from "node:timers/promises";
import { CodedError, type ErrorCode } from "../../errors.ts";
import { type Answer, type Explainer, ExplanationFailed, type ExplanationRequest } from "./explainer.ts";
import { boxText, boxesIn, withBoxes } from "../dataset/boxes.ts";
import { type ClientOptions, graphqlClient, type GraphqlClient } from "./graphql-client.ts";

export interface ThereOptions extends ClientOptions {
  /** How many explanations wait or run at a time. */
  readonly concurrency: number;
  /** Milliseconds between two looks at one that is not finished. */
  readonly pollMs: number;
}

interface ModelThere {
  readonly id: string;
  readonly digest: string;
  readonly labels: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly isDefault: boolean;
}

/**
 * Has a running service explain, with as many workers as it has. Asking twice is asking once there, so an evaluation that goes on
 * after a break finds what was computed meanwhile. Throws SERVICE_UNREACHABLE.
 */
export async function remoteExplainer({ concurrency, pollMs, ...options }: ThereOptions): Promise<Explainer> {
  const client = graphqlClient(options);
  const { models } = await client.ask<{ models: ModelThere[] }>("{ models { id digest labels width height isDefault } }", {});
  return {
    models: models
      .toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault))
      .map(({ id, digest, labels, width, height }) => ({ id, digest, labels, input: { width, height } })),
    concurrency,
    // Its workers open it, and say so where they cannot.
    open: async () => undefined,
    async ask(request) {
      const { id, unseen } = await submit(client, request);
      await finished(client, id, pollMs, options.stop);
      return { ...(await answerOf(client, id)), ...(unseen > 0 && { unseen }) };
    },
  };
}

/**
 * The explanation's id. What part of an image its model sees, the service alone knows: a box of which that is nothing is refused by
 * its name, and then asked without.
 */
async function submit(client: GraphqlClient, request: ExplanationRequest): Promise<{ id: string; unseen: number }> {
  let boxes = boxesIn(request.metrics);
  for (let unseen = 0; ; unseen++) {
    try {
      return { id: await send(client, { ...request, metrics: withBoxes(request.metrics, boxes) }), unseen };
    } catch (error) {
      const isOfInput = error instanceof CodedError && error.code === "BAD_USER_INPUT";
      const refused = isOfInput ? boxes.find((box) => error.message.includes(boxText(box))) : undefined;
      if (!refused) throw error;
      boxes = boxes.filter((box) => box !== refused);
    }
  }
}

/** Bytes of the largest image that any service of ours takes in a request. */
const IN_A_REQUEST = 4_000_000;

async function send(client: GraphqlClient, request: ExplanationRequest): Promise<string> {
  const mutation = "mutation ($input: ExplainImageInput!) { explainImage(input: $input) { id } }";
  const isSmall = request.image.length <= IN_A_REQUEST;
  const image = isSmall ? { image: null } : { upload: await uploaded(client, request.image) };
  const file = isSmall ? { path: "variables.input.image", bytes: request.image } : undefined;
  const { explainImage } = await client.ask<{ explainImage: { id: string } }>(
    mutation,
    { input: { ...image, ...inputOf(request) } },
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

function inputOf({ model, target, spec, metrics }: ExplanationRequest): object {
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
  readonly explanation: {
    readonly status: string;
    readonly error: { readonly code: string; readonly message: string } | null;
  } | null;
}

/** Waits for its end. Throws an ExplanationFailed where that is another than success. */
async function finished(client: GraphqlClient, id: string, pollMs: number, signal: AbortSignal): Promise<void> {
  const query = "query ($id: ID!) { explanation(id: $id) { status error { code message } } }";
  for (;;) {
    const { explanation } = await client.ask<State>(query, { id });
    if (explanation === null) throw forgotten(id);
    const { status, error } = explanation;
    if (status === "SUCCEEDED") return;
    if (status === "CANCELED") throw new ExplanationFailed("EXPLANATION_FINISHED", `The explanation ${id} was cancelled.`);
    if (error) throw new ExplanationFailed(error.code as ErrorCode, error.message);
    await wait(pollMs, undefined, { signal });
  }
}

interface Found {
  readonly explanation:
    | (Pick<Answer, "id" | "target" | "measured"> & {
        readonly progress: { readonly total: number | null };
        readonly timings: { readonly total: number | null };
        readonly saliencyMap: { readonly overlay: string };
      })
    | null;
}

async function answerOf(client: GraphqlClient, id: string): Promise<Omit<Answer, "unseen">> {
  const query = `query ($id: ID!) {
    explanation(id: $id) {
      id
      target { index label probability }
      progress { total }
      timings { total }
      measured: metrics { metric value curve { probabilities } }
      saliencyMap { overlay }
    }
  }`;
  const { explanation } = await client.ask<Found>(query, { id }).catch((error: unknown) => {
    // The service has just told that it is finished: if it cannot say now what was found, that is this explanation's.
    const isItsOwn = error instanceof CodedError && error.code === "INTERNAL";
    throw isItsOwn ? new ExplanationFailed("INTERNAL", `What was found cannot be read: ${error.message}`) : error;
  });
  if (explanation === null) throw forgotten(id);
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

function forgotten(id: string): ExplanationFailed {
  return new ExplanationFailed("EXPLANATION_UNKNOWN", `The service knows nothing of the explanation ${id} any more.`);
}
