import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { keys } from "../../lib/explanation/keys.ts";
import { append, readLog } from "../../lib/explanation/log/log.ts";
import { sqsQueue } from "../../lib/queue/sqs.ts";
import { s3Store } from "../../lib/storage/s3.ts";
import { createBucket, useTestCredentials } from "../aws/buckets.ts";
import { startLocalEcs } from "../aws/local-ecs.ts";
import { type LocalAws, startLocalAws } from "../aws/local-aws.ts";
import { type Bundle, bundle } from "./bundle.ts";
import { installLambdaRuntime, startFunctionUrl } from "./function-url.ts";

/** After which the one API that a test watches with ends a stream; the others have time, however busy the machine is. */
const STREAM_MS = 2000;

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
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await aws.stop();
  await rm(built.folder, { recursive: true });
});

/** The bundle, loaded anew with these variables besides those of every test. */
async function startApi(environment: Record<string, string> = {}) {
  vi.unstubAllEnvs();
  const all = {
    VITCX_BUCKET: bucket,
    VITCX_S3_ENDPOINT: aws.endpoint,
    VITCX_S3_PATH_STYLE: "true",
    VITCX_QUEUE_URL: queue.url,
    VITCX_DEAD_LETTER_URL: queue.deadLetterUrl,
    VITCX_MODELS: resolve("models"),
    VITCX_POLL_MS: "20",
    VITCX_STREAM_SECONDS: "25",
    VITCX_MAX_IMAGE_MB: "4",
    VITCX_PAGE: join(built.folder, "page"),
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

/** In Lambda every URL is one of https. */
const here = (url: unknown) => String(url).replace("https:", "http:");

async function ask(url: string, query: string, headers: Record<string, string> = {}): Promise<Answer> {
  const init = { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify({ query }) };
  return (await (await fetch(`${url}/graphql`, init)).json()) as Answer;
}

/** Asks what nobody has asked before, so that there is a job. */
const uploadNew = async (url: string) => upload(url, await photo(), {}, (seed += 1));
let seed = 0;

/** Uploads as a multipart request, which a Function URL hands over in base64. */
async function upload(url: string, image: Uint8Array, headers: Record<string, string> = {}, seed = 0): Promise<Answer> {
  const form = new FormData();
  const query = `mutation ($image: Upload) { explainImage(input: { image: $image, method: { vitCx: { seed: ${seed} } } }) { id } }`;
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
    const external = output!.imports.filter(({ path }) => !path.startsWith("node:")).map(({ path }) => path);
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
    const patient = await startApi();
    const id = idOf(await upload(patient.url, await photo()));
    await patient.stop();
    const api = await startApi({ VITCX_STREAM_SECONDS: String(STREAM_MS / 1000) });
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
    const api = await startApi();
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

  test("serves the page to everybody, with the policy that it has anywhere, and all else with a key only", async () => {
    const dist = join(built.folder, "page");
    await mkdir(join(dist, "assets"), { recursive: true });
    await writeFile(join(dist, "index.html"), "<title>vitcx</title>");
    await writeFile(join(dist, "assets/index-1.js"), "export {};");
    const api = await startApi({ VITCX_API_KEYS: "ann=ann-0123456789abcdef" });
    for (const view of ["/", "/explanations", "/explanations/0123456789abcdefghjkmnpqrs"]) {
      const answer = await fetch(api.url + view);
      expect([view, answer.status, await answer.text()]).toEqual([view, 200, "<title>vitcx</title>"]);
      // Large images go to the bucket.
      expect(answer.headers.get("content-security-policy")).toContain(`connect-src 'self' ${aws.endpoint};`);
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(answer.headers.get("referrer-policy")).toBe("same-origin");
    }
    const script = await fetch(`${api.url}/assets/index-1.js`);
    expect([script.status, script.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
    expect(script.headers.get("cache-control")).toContain("immutable");
    expect((await fetch(`${api.url}/assets/index-2.js`)).status).toBe(404);

    for (const path of [
      "/graphql",
      "/graphql?query={__typename}",
      "/models",
      "/index.html",
      "/assets/../graphql",
      "/uploads/ann/1",
    ]) {
      expect([path, (await fetch(api.url + path)).status]).toEqual([path, 401]);
    }
    for (const method of ["POST", "PUT", "DELETE"]) expect((await fetch(api.url, { method })).status).toBe(401);
    await api.stop();
  });

  test("tells an owner URLs of its files that need no key, and open nothing else", async () => {
    const [ann, bob] = ["ann-0123456789abcdef", "bob-0123456789abcdef"];
    const api = await startApi({ VITCX_API_KEYS: `ann=${ann},bob=${bob}` });
    const image = await photo();
    const id = idOf(await upload(api.url, image, { "x-api-key": ann }));
    const query = `{ explanation(id: "${id}") { image { url } } }`;
    expect((await ask(api.url, query, { "x-api-key": bob })).data).toEqual({ explanation: null });
    const { data } = await ask(api.url, query, { "x-api-key": ann });
    const url = here((data!["explanation"] as { image: { url: string } }).image.url);
    expect(url.slice(0, api.url.length)).toBe(api.url);

    const answer = await fetch(url);
    expect(Buffer.from(await answer.arrayBuffer()).equals(image)).toBe(true);
    expect(answer.headers.get("content-type")).toBe("image/png");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("content-security-policy")).toContain("sandbox");
    expect(answer.headers.get("cache-control")).toMatch(/^private, max-age=\d+$/);

    const status = async (changed: string, headers = {}) => (await fetch(changed, { headers })).status;
    expect(await status(url.replace(/.$/, (last) => (last === "0" ? "1" : "0")))).toBe(403);
    expect(await status(url.slice(0, url.indexOf("?")))).toBe(403);
    expect(await status(url.slice(0, url.indexOf("?")), { "x-api-key": ann })).toBe(403);
    expect(await status(url.replace("input.png", "events.ndjson"))).toBe(403);
    expect(await status(url.replace(id, id.replace(/.$/, "0")))).toBe(403);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
    expect(await status(url)).toBe(403);
    vi.useRealTimers();
    expect(await status(url)).toBe(200);
    await api.stop();

    // Another instance of the function signs alike; a stage with other keys does not.
    const again = await startApi({ VITCX_API_KEYS: `bob=${bob},ann=${ann}` });
    expect(await status(url.replace(api.url, again.url))).toBe(200);
    await again.stop();
    const other = await startApi({ VITCX_API_KEYS: `ann=${ann}` });
    expect(await status(url.replace(api.url, other.url))).toBe(403);
    await other.stop();
  });

  test("takes what is too large for a request through the bucket", async () => {
    const [ann, bob] = [{ "x-api-key": "ann-0123456789abcdef" }, { "x-api-key": "bob-0123456789abcdef" }];
    const api = await startApi({ VITCX_API_KEYS: "ann=ann-0123456789abcdef,bob=bob-0123456789abcdef" });
    interface Prepared {
      readonly id: string;
      readonly url: string;
      readonly headers: { name: string; value: string }[];
    }
    const prepare = async (bytes: number) => {
      const answer = await ask(
        api.url,
        `mutation { createUpload(input: { bytes: ${bytes} }) { id url headers { name value } } }`,
        ann,
      );
      return { ...answer, upload: answer.data?.["createUpload"] as Prepared };
    };
    const send = async ({ url, headers }: Prepared, file: Uint8Array) => {
      const told = headers.map(({ name, value }): [string, string] => [name, value]);
      return (await fetch(url, { method: "PUT", headers: told, body: Buffer.from(file) })).status;
    };
    const explain = (id: string, headers: Record<string, string>) =>
      ask(api.url, `mutation { explainImage(input: { upload: "${id}" }) { id } }`, headers);

    const image = await photo();
    const { upload: prepared } = await prepare(image.length);
    expect((await explain(prepared.id, ann)).errors?.[0]?.extensions.code).toBe("UPLOAD_UNKNOWN");
    expect(await send(prepared, image.subarray(1))).toBe(403);
    expect(await send(prepared, image)).toBe(200);
    expect(idOf(await explain(prepared.id, ann))).toBe(idOf(await upload(api.url, image, ann)));
    expect((await explain(prepared.id, bob)).errors?.[0]?.extensions.code).toBe("UPLOAD_UNKNOWN");
    expect(await store().list("uploads/", undefined, 10)).toEqual([keys.upload("ann", prepared.id)]);

    // No image, but more than a request may have: it arrives whole.
    const { upload: large } = await prepare(8_000_000);
    expect(await send(large, new Uint8Array(8_000_000))).toBe(200);
    expect((await explain(large.id, ann)).errors?.[0]?.extensions.code).toBe("IMAGE_FORMAT_UNSUPPORTED");
    expect((await prepare(20_000_001)).errors?.[0]?.extensions.code).toBe("IMAGE_TOO_LARGE");
    await api.stop();
  });

  test("wakes the service of its workers, and takes a job as well where it cannot", async () => {
    const ecs = await startLocalEcs({ "gpu/worker": 0 });
    const environment = { VITCX_WORKER_SERVICE: "gpu/worker", AWS_ENDPOINT_URL_ECS: ecs.endpoint };
    const api = await startApi(environment);
    idOf(await uploadNew(api.url));
    expect(ecs.desired.get("gpu/worker")).toBe(1);
    ecs.desired.set("gpu/worker", 0);
    idOf(await uploadNew(api.url));
    expect(ecs.actions).toEqual(["DescribeServices", "UpdateService"]);
    await api.stop();

    ecs.refuse("AccessDeniedException");
    const refused = await startApi(environment);
    idOf(await uploadNew(refused.url));
    expect(ecs.actions).toHaveLength(3);
    await refused.stop();
    ecs.stop();
  });
});
