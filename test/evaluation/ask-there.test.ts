import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getVariableValues, type OperationDefinitionNode, parse, validate } from "graphql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ExplanationFailed, type Explainer, type ExplanationRequest } from "../../lib/evaluation/explainers/explainer.ts";
import { methods } from "../../lib/methods/registry.ts";
import { describeOptions } from "../../lib/options/describe.ts";
import { schema } from "../../schema/schema.ts";
import { remoteExplainer, type ThereOptions } from "../../lib/evaluation/explainers/remote-explainer.ts";

/** What a service answers to an operation, by a word that is in its text; a number is a status of HTTP, and "never" no answer. */
type Answers = Record<string, unknown>;

const models = [{ id: "tiny", digest: "d", labels: ["cat"], width: 8, height: 8, isDefault: true }];
const succeeded = { explanation: { status: "SUCCEEDED", error: null } };
const found = (overlay: string) => ({
  explanation: {
    id: "x",
    target: { index: 0, label: "cat", probability: 1 },
    progress: { total: 3 },
    timings: { total: 1500 },
    measured: [{ metric: "SACO", value: 0.5, curve: null }],
    saliencyMap: { overlay },
  },
});

const servers: Server[] = [];
/** The requests for other paths than /graphql. */
let visits: IncomingMessage[];
/** The variables of each explainImage. */
let sent: { input: { upload: string; method: string; metrics: { boxes?: object[] } } }[];
/** The files that were put, and the texts of the operations. */
let uploaded: string[];
let queries: string[];
beforeEach(() => {
  [visits, sent, uploaded, queries] = [[], [], [], []];
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A service that answers so, and redirects /moved to itself. Its origin. */
async function serve(answers: Answers = {}): Promise<string> {
  const all: Answers = {
    models: { models },
    createUpload: { createUpload: { id: "u", url: "", headers: [] } },
    explainImage: { explainImage: { id: "x" } },
    "error {": succeeded,
    ...answers,
  };
  const answerTo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
    if (request.url === "/moved") return void response.writeHead(307, { location: "/graphql" }).end();
    if (request.method === "PUT") {
      uploaded.push(body);
      return void response.end();
    }
    if (request.url !== "/graphql") {
      visits.push(request);
      return void response.end("a picture");
    }
    const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, (typeof sent)[number]["input"]> };
    queries.push(query);
    const problem = problemOf(query, variables);
    if (problem !== undefined) {
      response.setHeader("content-type", "application/json");
      return void response.end(JSON.stringify({ errors: [{ message: problem, extensions: { code: "BAD_USER_INPUT" } }] }));
    }
    const [word = ""] = Object.keys(all)
      .filter((each) => query.includes(each))
      .toReversed();
    const inputs = Object.values(variables).map((input) => ({ input }));
    if (word === "explainImage") sent.push(...inputs);
    const one = (given: object) =>
      typeof all[word] === "function" ? (all[word] as (given: object) => unknown)(given) : all[word];
    const answer = query.includes("e0:") ? aliased(inputs.map(one)) : one(variables);
    if (answer === "never") return;
    const isError = typeof answer === "object" && answer !== null && "code" in answer;
    const errors = isError ? [{ message: "Said the service.", ...answer, extensions: answer }] : undefined;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(isError ? { errors } : { data: answer }));
  };
  const server = createServer((request, response) => void answerTo(request, response));
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const upload = all["createUpload"] as { createUpload: { url: string } };
  upload.createUpload.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/uploads/u`;
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What the API would refuse of an operation and its variables. */
function problemOf(query: string, variables: Record<string, unknown>): string | undefined {
  const document = parse(query);
  const [operation] = document.definitions as readonly OperationDefinitionNode[];
  const values = getVariableValues(schema, operation!.variableDefinitions ?? [], variables);
  return [...validate(schema, document), ...(values.errors ?? [])][0]?.message;
}

/** The answers to several fields; an error or a silence of one is that of all. */
function aliased(answers: readonly unknown[]): unknown {
  const odd = answers.find((answer) => typeof answer !== "object" || answer === null || "code" in answer);
  return odd ?? Object.fromEntries(answers.map((answer, i) => [`e${i}`, Object.values(answer as object)[0]]));
}

async function explainer(origin: string, options: Partial<ThereOptions> = {}): Promise<Explainer> {
  const { signal } = new AbortController();
  return remoteExplainer({ endpoint: `${origin}/graphql`, concurrency: 1, pollMs: 1, timeoutMs: 5000, stop: signal, ...options });
}

const request: ExplanationRequest = {
  image: new Uint8Array(3),
  model: "tiny",
  target: undefined,
  spec: { text: "occlusion", method: "OCCLUSION", options: {} },
  metrics: {},
};

test("A key goes to the service that it is for, and to nobody else", async () => {
  const elsewhere = await serve();
  const origin = await serve({ saliencyMap: found(`${elsewhere}/bucket.png`) });
  const answer = await (await explainer(origin, { apiKey: "secret" })).ask(request);
  expect(answer).toMatchObject({ id: "x", masks: 3, seconds: 1.5, measured: [{ metric: "SACO", value: 0.5 }] });
  expect(Buffer.from(await answer.picture()).toString()).toBe("a picture");
  expect(visits.map(({ url, headers }) => [url, headers["x-api-key"]])).toEqual([["/bucket.png", undefined]]);
  const own = await serve({ saliencyMap: found("/files/overlay.png") });
  await (await (await explainer(own, { apiKey: "secret" })).ask(request)).picture();
  expect(visits[1]!.headers["x-api-key"]).toBe("secret");
});

test("A service that has moved is not followed, for it would be told the key", async () => {
  const origin = await serve();
  await expect(explainer(origin, { endpoint: `${origin}/moved` })).rejects.toMatchObject({
    code: "SERVICE_UNREACHABLE",
    message: `${origin}/moved has moved to /graphql; name that address.`,
  });
});

test.each<[what: string, answers: Answers, error: object]>([
  [
    "failed, whatever its code",
    { "error {": { explanation: { status: "FAILED", error: { code: "INTERNAL", message: "Something went wrong." } } } },
    { code: "INTERNAL", message: "Something went wrong." },
  ],
  [
    "was cancelled",
    { "error {": { explanation: { status: "CANCELED", error: null } } },
    { message: "The explanation x was cancelled." },
  ],
  ["is gone", { "error {": { explanation: null } }, { message: "The service knows nothing of the explanation x any more." }],
  [
    "is gone once it is there",
    { saliencyMap: { explanation: null } },
    { message: "The service knows nothing of the explanation x any more." },
  ],
  [
    "cannot be read",
    { saliencyMap: { code: "INTERNAL" } },
    { code: "INTERNAL", message: "What was found cannot be read: Said the service." },
  ],
])("An explanation that %s is a failure of its own", async (_, answers, error) => {
  const asking = (await explainer(await serve(answers))).ask(request);
  await expect(asking).rejects.toBeInstanceOf(ExplanationFailed);
  await expect(asking).rejects.toMatchObject(error);
});

test("A request that is answered with UNAUTHENTICATED is no explanation's failure", async () => {
  const asking = (await explainer(await serve({ explainImage: { code: "UNAUTHENTICATED" } }))).ask(request);
  await expect(asking).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  await expect(asking).rejects.not.toBeInstanceOf(ExplanationFailed);
});

test("A request that the service fails at again and again is a failure of its own, and the others have answers", async () => {
  const failing = ({ input }: (typeof sent)[number]) =>
    "rise" in (input.method as unknown as object) ? { code: "INTERNAL" } : { explainImage: { id: "x" } };
  const there = await explainer(await serve({ explainImage: failing, saliencyMap: found("/") }));
  const rise = { ...request, spec: { text: "rise", method: "RISE", options: {} } } as ExplanationRequest;
  const [one, other] = await Promise.allSettled([there.ask(request), there.ask(rise)]);
  expect(one.status).toBe("fulfilled");
  expect(other).toMatchObject({
    status: "rejected",
    reason: { code: "INTERNAL", message: "The service failed: Said the service." },
  });
  expect((other as PromiseRejectedResult).reason).toBeInstanceOf(ExplanationFailed);
});

test("An image is sent once, its questions in one request, and one request asks how far they are", async () => {
  let looks = 0;
  const running = { explanation: { status: "RUNNING", error: null } };
  const there = await explainer(await serve({ "error {": () => (looks++ < 12 ? running : succeeded), saliencyMap: found("/") }));
  const about = (bytes: number, delta: number): ExplanationRequest => ({
    ...request,
    image: new Uint8Array(bytes),
    spec: { text: "vit-cx", method: "VIT_CX", options: { delta } },
  });
  await Promise.all([about(3, 0.1), about(3, 0.2), about(3, 0.3), about(5, 0.1)].map((each) => there.ask(each)));
  expect(uploaded.map((body) => body.length).toSorted((a, b) => a - b)).toEqual([3, 5]);
  const asking = (word: string) => queries.filter((query) => query.includes(word)).length;
  expect([asking("createUpload"), asking("explainImage")]).toEqual([2, 1]);
  // All four questions have one id here, so one field asks for all.
  expect(asking("error {")).toBe(13);
  await there.ask(about(3, 0.4));
  expect(uploaded).toHaveLength(2);
});

test("Every word that an option of a method takes travels as the API has it", async () => {
  const there = await explainer(await serve({ saliencyMap: found("/") }));
  for (const { name, options } of methods) {
    for (const { name: option, values } of describeOptions(options)) {
      for (const { value } of values) {
        const spec = { text: "", method: name, options: { [option]: value } };
        await expect(there.ask({ ...request, spec })).resolves.toMatchObject({ id: "x" });
      }
    }
  }
});

test("An upload that the service has forgotten is sent again", async () => {
  let refused = 0;
  const explainImage = () => (refused++ === 0 ? { code: "UPLOAD_UNKNOWN" } : { explainImage: { id: "x" } });
  await (await explainer(await serve({ explainImage, saliencyMap: found("/") }))).ask(request);
  expect(uploaded).toHaveLength(2);
});

test("A service that does not answer is not waited for for ever", async () => {
  const origin = await serve({ models: "never" });
  await expect(explainer(origin, { timeoutMs: 100 })).rejects.toMatchObject({ code: "SERVICE_UNREACHABLE" });
});

test("Waiting ends when it is told to", async () => {
  const stop = new AbortController();
  const explainImage = () => {
    stop.abort(new Error("Enough."));
    return "never";
  };
  const there = await explainer(await serve({ explainImage }), { stop: stop.signal });
  await expect(there.ask(request)).rejects.toThrow("Enough.");
});

test("A box of which the model there sees nothing is asked without", async () => {
  const boxes = [1, 2, 3].map((left) => ({ left, top: 0, right: left + 1, bottom: 0.1 }));
  const refusing = ({ input }: (typeof sent)[number]) => {
    const [, refused] = input.metrics.boxes ?? [];
    if (!refused) return { explainImage: { id: "x" } };
    const { left, right } = refused as (typeof boxes)[number];
    const message = `The model sees nothing of the box left ${left}, top 0, right ${right}, bottom 0.1.`;
    return { code: "BAD_USER_INPUT", message };
  };
  const there = await explainer(await serve({ explainImage: refusing, saliencyMap: found("/") }));
  const answer = await there.ask({ ...request, metrics: { energyInside: true, sparseness: true, boxes } });
  expect(answer.unseen).toBe(2);
  expect(sent.map(({ input }) => input.metrics.boxes)).toEqual([boxes, [boxes[0], boxes[2]], [boxes[0]]]);
  await expect(there.ask({ ...request, metrics: { energyInside: true, boxes } })).resolves.toMatchObject({ unseen: 2 });
});
