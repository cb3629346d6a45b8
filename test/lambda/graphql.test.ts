import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { append, readLog } from "../../lib/explanation/log.ts";
import { sqsQueue } from "../../lib/queue/sqs.ts";
import { s3Store } from "../../lib/storage/s3.ts";
import { createBucket, useTestCredentials } from "../aws/buckets.ts";
import { type LocalAws, startLocalAws } from "../aws/local-aws.ts";
import { type Bundle, bundle } from "./bundle.ts";
import { installLambdaRuntime, startFunctionUrl } from "./function-url.ts";

const STREAM_MS = 800;

let aws: LocalAws;
let built: Bundle;
const bucket = `lambda-${randomUUID()}`;
let queue: { url: string; deadLetterUrl: string };
beforeAll(async () => {
  useTestCredentials();
  installLambdaRuntime();
  [aws, built] = await Promise.all([startLocalAws(), bundle("functions/graphql.ts")]);
  await createBucket(aws.endpoint, bucket);
  queue = await aws.createQueue("lambda", 10);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await aws.stop();
  await rm(built.folder, { recursive: true });
});

/** The bundle, loaded anew with these variables besides those of every test. */
async function startApi(environment: Record<string, string> = {}) {
  const all = {
    VITCX_BUCKET: bucket,
    VITCX_S3_ENDPOINT: aws.endpoint,
    VITCX_S3_PATH_STYLE: "true",
    VITCX_QUEUE_URL: queue.url,
    VITCX_DEAD_LETTER_URL: queue.deadLetterUrl,
    VITCX_MODELS: resolve("models"),
    VITCX_POLL_MS: "20",
    VITCX_STREAM_SECONDS: String(STREAM_MS / 1000),
    VITCX_MAX_IMAGE_MB: "4",
    ...environment,
  };
  for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
  const { handler } = await import(`${pathToFileURL(built.file).href}?${randomUUID()}`);
  return startFunctionUrl(handler);
}

const store = () => s3Store({ bucket, endpoint: aws.endpoint, pathStyle: true });

interface Answer {
  readonly data?: Record<string, unknown>;
  readonly errors?: { extensions: { code: string } }[];
}

async function ask(url: string, query: string, headers: Record<string, string> = {}): Promise<Answer> {
  const init = { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify({ query }) };
  return (await (await fetch(`${url}/graphql`, init)).json()) as Answer;
}

/** Uploads as a multipart request, which a Function URL hands over in base64. */
async function upload(url: string, image: Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
  const form = new FormData();
  const query = "mutation ($image: File) { explainImage(input: { image: $image }) { id } }";
  form.set("operations", JSON.stringify({ query, variables: { image: null } }));
  form.set("map", JSON.stringify({ image: ["variables.image"] }));
  form.set("image", new Blob([Buffer.from(image)]), "image.png");
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "x-graphql-yoga-csrf": "1", ...headers },
    body: form,
  });
  return (await answer.json()) as Answer;
}

const photo = () => readFile("models/emoji-vit/examples/camera-cat.png");
const idOf = ({ data }: Answer) => (data!["explainImage"] as { id: string }).id;

/** The event stream's text, until the function ends it. */
async function watch(url: string, id: string, after: number): Promise<{ sequences: number[]; completed: boolean }> {
  const query = `subscription { explanationProgress(id: "${id}", after: ${after}) { sequence } }`;
  const headers = { "content-type": "application/json", accept: "text/event-stream" };
  const stream = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
  const text = await stream.text();
  const sequences = Array.from(text.matchAll(/"sequence":(\d+)/g), ([, sequence]) => Number(sequence));
  return { sequences, completed: text.includes("event: complete") };
}

describe("the API's bundle behind a Function URL", () => {
  test("has neither ONNX Runtime nor any native module in it, and is small", () => {
    const inputs = Object.keys(built.metafile.inputs);
    expect(inputs.length).toBeGreaterThan(100);
    expect(inputs.filter((file) => file.includes("onnxruntime") || file.endsWith(".node"))).toEqual([]);
    const [output] = Object.values(built.metafile.outputs);
    const external = output.imports.filter(({ path }) => !path.startsWith("node:")).map(({ path }) => path);
    expect(external).not.toContain("onnxruntime-node");
    expect(built.bytes).toBeLessThan(2_500_000);
  });

  test("answers soon after a cold start", async () => {
    const runner = await bundle("test/lambda/cold-start-process.ts");
    const environment = { VITCX_BUCKET: bucket, VITCX_MODELS: resolve("models"), VITCX_QUEUE_URL: queue.url };
    const env = { ...process.env, ...environment, VITCX_DEAD_LETTER_URL: queue.deadLetterUrl };
    const { stdout } = await promisify(execFile)(process.execPath, [runner.file, built.file], { env });
    const { status, answeredMs, loadedMs } = JSON.parse(stdout);
    expect(status).toBe(200);
    // Half a second on an idle machine.
    expect(answeredMs).toBeLessThan(10_000);
    if (process.env["VITCX_TEST_REPORT"]) console.log({ bytes: built.bytes, loadedMs, answeredMs });
    await rm(runner.folder, { recursive: true });
  });

  test("takes an image, and puts its job into the queue", async () => {
    const api = await startApi();
    const image = await photo();
    const id = idOf(await upload(api.url, image));
    const { bytes } = (await store().get(`explanations/${id}/input.png`))!;
    expect(Buffer.from(bytes).equals(image)).toBe(true);
    const delivery = await sqsQueue({ ...queue, leaseMs: 1000 }).receive(AbortSignal.timeout(10_000));
    expect(delivery?.job).toEqual({ id });
    await delivery?.done();
    await api.stop();
  });

  test("ends a stream in time, without a last event, so that its client resumes", async () => {
    const api = await startApi();
    const id = idOf(await upload(api.url, await photo()));
    const begun = performance.now();
    expect(await watch(api.url, id, 0)).toEqual({ sequences: [1], completed: false });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(STREAM_MS - 50);

    const resumed = watch(api.url, id, 1);
    const started = (await append(store(), (await readLog(store(), id))!, { kind: "STARTED", worker: "a" }))!;
    expect(await resumed).toEqual({ sequences: [2], completed: false });
    await append(store(), started, { kind: "CANCELED" });
    expect(await watch(api.url, id, 2)).toEqual({ sequences: [3], completed: true });
    await api.stop();
  });

  test("sends events as they happen, not when the stream ends", async () => {
    const api = await startApi({ VITCX_STREAM_SECONDS: "20" });
    const id = idOf(await upload(api.url, await photo()));
    const query = `subscription { explanationProgress(id: "${id}") { sequence } }`;
    const headers = { "content-type": "application/json", accept: "text/event-stream" };
    const stream = await fetch(`${api.url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
    let text = "";
    for await (const chunk of stream.body!) {
      text += Buffer.from(chunk).toString();
      if (text.includes('"sequence":1')) break;
    }
    expect(text).not.toContain("event: complete");
    await api.stop();
  });

  test("says what is wrong with an image that is too large", async () => {
    const api = await startApi();
    const { errors } = await upload(api.url, new Uint8Array(4_200_000));
    expect(errors?.[0]?.extensions.code).toBe("IMAGE_TOO_LARGE");
    await api.stop();
  });

  test("answers a preflight request, which has no body", async () => {
    const api = await startApi({ VITCX_ORIGINS: "https://example.com" });
    const headers = { origin: "https://example.com", "access-control-request-method": "POST" };
    const answer = await fetch(`${api.url}/graphql`, { method: "OPTIONS", headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://example.com");
    await api.stop();
  });

  test("asks for an API key where there are any, and keeps their owners apart", async () => {
    const [ann, bob] = ["ann-0123456789abcdef", "bob-0123456789abcdef"];
    const api = await startApi({ VITCX_API_KEYS: `ann=${ann},bob=${bob}` });
    for (const headers of [{}, { "x-api-key": "ann" }, { "x-api-key": `${ann}x` }]) {
      const { errors } = await ask(api.url, "{ models { id } }", headers);
      expect(errors?.[0]?.extensions.code).toBe("UNAUTHENTICATED");
    }
    const id = idOf(await upload(api.url, await photo(), { "x-api-key": ann }));
    const query = `{ explanation(id: "${id}") { id } }`;
    expect((await ask(api.url, query, { "x-api-key": ann })).data).toEqual({ explanation: { id } });
    expect((await ask(api.url, query, { "x-api-key": bob })).data).toEqual({ explanation: null });
    await api.stop();
  });
});
