import { CodedError } from "../../errors.ts";
import { methodOf } from "../../methods/bind.ts";
import { enumValue, fieldName } from "../../options/describe.ts";
import { boxText, boxesIn, withBoxes } from "../dataset/boxes.ts";
import { batched } from "./batch.ts";
import { type Answer, type Explainer, ExplanationFailed, type ExplanationRequest } from "./explainer.ts";
import { type ClientOptions, graphqlClient, type GraphqlClient } from "./graphql-client.ts";
import { uploadOnce, type Uploads } from "./upload-once.ts";
import { forgotten, watcher } from "./watch.ts";

export interface ThereOptions extends ClientOptions {
  /** How many explanations wait or run at a time. */
  readonly concurrency: number;
  /** Milliseconds between two looks at those that are not finished. */
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

/** How many questions travel in one request; the API takes 50 aliases, and checks each image before it answers. */
const TOGETHER = 12;

/**
 * Has a running service explain, with as many workers as it has. Asking twice is asking once there, so an evaluation that goes on
 * after a break finds what was computed meanwhile. An image is sent once, several questions travel in one request, and one request asks
 * how far all of them are. Throws SERVICE_UNREACHABLE.
 */
export async function remoteExplainer({ concurrency, pollMs, ...options }: ThereOptions): Promise<Explainer> {
  const client = graphqlClient(options);
  const { models } = await client.ask<{ models: ModelThere[] }>("{ models { id digest labels width height isDefault } }", {});
  const uploads = uploadOnce(client);
  const send = batched(TOGETHER, (inputs: readonly object[]) => explainImages(client, inputs), concernsAll);
  const finished = watcher(client, pollMs, options.stop);
  return {
    models: models
      .toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault))
      .map(({ id, digest, labels, width, height }) => ({ id, digest, labels, input: { width, height } })),
    concurrency,
    // Its workers open it, and say so where they cannot.
    open: async () => undefined,
    async ask(request) {
      try {
        const { id, unseen } = await submit(request, uploads, send);
        await finished(id);
        return { ...(await answerOf(client, id)), ...(unseen > 0 && { unseen }) };
      } catch (error) {
        throw isOfTheRequest(error) ? new ExplanationFailed("INTERNAL", `The service failed: ${error.message}`) : error;
      }
    },
  };
}

function concernsAll(error: unknown): boolean {
  return !(error instanceof CodedError) || error.code === "SERVICE_UNREACHABLE" || error.code === "UNAUTHENTICATED";
}

/** What the service still fails at when it was asked again and again is this request's: the others may have answers. */
function isOfTheRequest(error: unknown): error is CodedError {
  return error instanceof CodedError && error.code === "INTERNAL" && !(error instanceof ExplanationFailed);
}

/**
 * The explanation's id. What part of an image its model sees, the service alone knows: a box of which that is nothing is refused by
 * its name, and then asked without.
 */
async function submit(
  request: ExplanationRequest,
  uploads: Uploads,
  send: (input: object) => Promise<string>,
): Promise<{ id: string; unseen: number }> {
  let boxes = boxesIn(request.metrics);
  let isSentAgain = false;
  for (let unseen = 0; ;) {
    const upload = await uploads.idOf(request.image);
    try {
      const metrics = withBoxes(request.metrics, boxes);
      return { id: await send({ upload, ...inputOf({ ...request, metrics }) }), unseen };
    } catch (error) {
      const code = error instanceof CodedError ? error.code : undefined;
      if (code === "UPLOAD_UNKNOWN" && !isSentAgain) {
        isSentAgain = true;
        uploads.forget(request.image);
        continue;
      }
      const refused =
        code === "BAD_USER_INPUT" ? boxes.find((box) => (error as Error).message.includes(boxText(box))) : undefined;
      if (!refused) throw error;
      boxes = boxes.filter((box) => box !== refused);
      unseen++;
    }
  }
}

/** The ids of several explanations, asked for in one request. */
async function explainImages(client: GraphqlClient, inputs: readonly object[]): Promise<readonly string[]> {
  const variables = Object.fromEntries(inputs.map((input, i) => [`input${i}`, input]));
  const declared = inputs.map((_, i) => `$input${i}: ExplainImageInput!`).join(", ");
  const asked = inputs.map((_, i) => `e${i}: explainImage(input: $input${i}) { id }`).join("\n");
  const found = await client.ask<Record<string, { id: string }>>(`mutation (${declared}) {\n${asked}\n}`, variables);
  return inputs.map((_, i) => found[`e${i}`]!.id);
}

function inputOf({ model, target, spec, metrics }: ExplanationRequest): object {
  const { method, options } = spec;
  const hasOptions = Object.keys(methodOf(method).options.shape).length > 0;
  return {
    model,
    target: target ?? null,
    method: { [fieldName(method)]: hasOptions ? withEnumValues(options) : true },
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, given]) => [name, withEnumValues(given)])),
  };
}

/** The texts among options name values of enums. */
function withEnumValues(given: unknown): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  const entries = Object.entries(given).map(([name, value]) => [name, typeof value === "string" ? enumValue(value) : value]);
  return Object.fromEntries(entries);
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
