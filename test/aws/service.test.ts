import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { isFinal } from "../../lib/explanation/log/events.ts";
import { resultFileNames } from "../../lib/explanation/results/summary.ts";
import { fold } from "../../lib/explanation/log/fold.ts";
import { readLog } from "../../lib/explanation/log/log.ts";
import { sqsQueue } from "../../lib/queue/sqs.ts";
import { s3Store } from "../../lib/storage/s3.ts";
import { type Bundle, bundle } from "../lambda/bundle.ts";
import { seededRandom } from "../storage/killable-process.ts";
import { createBucket, realS3, useTestCredentials } from "./buckets.ts";
import { type LocalAws, startLocalAws } from "./local-aws.ts";
import { subscribe } from "./subscriber.ts";

/** Explanations asked for at once; a larger number makes a longer test. */
const EXPLANATIONS = Number(process.env["VITCX_TEST_EXPLANATIONS"] ?? 6);
const WORKERS = 3;
const APIS = 2;
const KILLS = Math.ceil(EXPLANATIONS / 6);
const LEASE_MS = 4000;
const PATIENCE_MS = 60_000 + 15_000 * EXPLANATIONS;

let aws: LocalAws;
let bundles: { api: Bundle; worker: Bundle; crashing: Bundle; serve: Bundle };
const children = new Set<ChildProcess>();
beforeAll(async () => {
  useTestCredentials();
  const native = ["sharp", "onnxruntime-node", "fs-native-extensions"];
  const [api, worker, crashing, serve] = await Promise.all([
    bundle("functions/graphql.ts"),
    bundle("functions/worker.ts", native, ["functions/job-watchdog.ts"]),
    bundle("test/aws/crashing-worker-process.ts", native),
    bundle("test/lambda/api-process.ts"),
  ]);
  bundles = { api, worker, crashing, serve };
  aws = await startLocalAws();
}, 60_000);
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await aws.stop();
  for (const { folder } of Object.values(bundles)) await rm(folder, { recursive: true });
});

/** A bucket and a queue of their own, and the variables that tell processes of them. */
async function openStage({ endpoint = realS3 ?? aws.endpoint, leaseMs = LEASE_MS } = {}) {
  const name = `service-${randomUUID()}`;
  await createBucket(endpoint, name);
  const { url, deadLetterUrl } = await aws.createQueue(name, 10);
  const environment = {
    VITCX_BUCKET: name,
    VITCX_S3_ENDPOINT: endpoint,
    VITCX_S3_PATH_STYLE: "true",
    VITCX_QUEUE_URL: url,
    VITCX_DEAD_LETTER_URL: deadLetterUrl,
    VITCX_MODELS: resolve("models"),
    VITCX_LEASE_SECONDS: String(leaseMs / 1000),
    VITCX_THREADS: "1",
    VITCX_POLL_MS: "500",
    VITCX_STREAM_SECONDS: "5",
    NODE_NO_WARNINGS: "1",
  };
  const start = (file: string, ...args: string[]) => {
    const stdio = ["pipe", "pipe", process.env["VITCX_TEST_LOGS"] ? "inherit" : "ignore"] as const;
    const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, ...environment }, stdio: [...stdio] });
    children.add(child);
    return child;
  };
  const startApi = async () => {
    const child = start(bundles.serve.file, bundles.api.file);
    for await (const line of createInterface(child.stdout)) return line;
    throw new Error("Expected the API to print its URL, got the end of its output");
  };
  const queue = (queueUrl: string) => sqsQueue({ url: queueUrl, deadLetterUrl, leaseMs });
  return {
    store: s3Store({ bucket: name, endpoint, pathStyle: true }),
    jobs: queue(url),
    dead: queue(deadLetterUrl),
    start,
    startApi,
  };
}

async function explain(api: string, image: Uint8Array, seed: number): Promise<string> {
  const form = new FormData();
  const query = `mutation ($image: Upload) { explainImage(input: { image: $image, method: { vitCx: { seed: ${seed} } } }) { id } }`;
  form.set("operations", JSON.stringify({ query, variables: { image: null } }));
  form.set("map", JSON.stringify({ image: ["variables.image"] }));
  form.set("image", new Blob([Buffer.from(image)]), "image.png");
  const answer = await fetch(`${api}/graphql`, { method: "POST", headers: { "x-graphql-yoga-csrf": "1" }, body: form });
  const { data } = (await answer.json()) as { data: { explainImage: { id: string } } };
  return data.explainImage.id;
}

test(`${EXPLANATIONS} explanations, each watched twice, while workers are killed`, { timeout: PATIENCE_MS }, async () => {
  const random = seededRandom(20_260_101);
  const stage = await openStage();
  const apis = await Promise.all(Array.from({ length: APIS }, () => stage.startApi()));
  const startWorker = () => stage.start(bundles.worker.file);
  const workers = Array.from({ length: WORKERS }, startWorker);
  const image = await readFile("models/emoji-vit/examples/camera-cat.png");

  const begun = performance.now();
  const ids = await Promise.all(Array.from({ length: EXPLANATIONS }, (_, i) => explain(apis[i % APIS]!, image, i)));
  expect(new Set(ids).size).toBe(EXPLANATIONS);
  const watching = Promise.all(ids.flatMap((id) => [subscribe(apis, id, random), subscribe(apis, id, random)]));

  // A worker that is at a job dies, and another takes its place.
  for (let kills = 0; kills < KILLS; kills++) {
    const victim = await vi.waitUntil(workerAtWork, { timeout: PATIENCE_MS, interval: 100 });
    victim.kill("SIGKILL");
    await once(victim, "exit");
    workers[workers.indexOf(victim)] = startWorker();
    await setTimeout(500 * random());
  }

  async function workerAtWork(): Promise<(typeof workers)[number] | undefined> {
    const explanations = await Promise.all(ids.map(async (id) => fold((await readLog(stage.store, id))!)));
    const running = explanations.filter(({ status, latest }) => status === "RUNNING" && latest.CLUSTERED);
    return workers.find(({ pid }) => running.some(({ latest }) => latest.STARTED?.worker.endsWith(`-${pid}`)));
  }

  const seen = await watching;
  const seconds = (performance.now() - begun) / 1000;
  for (const worker of workers) worker.kill("SIGTERM");
  for (const worker of workers) if (worker.exitCode === null) await once(worker, "exit");

  const logs = await Promise.all(ids.map(async (id) => (await readLog(stage.store, id))!));
  for (const [i, { events }] of logs.entries()) {
    expect(events.filter(isFinal).map(({ kind }) => kind)).toEqual(["SUCCEEDED"]);
    const sequences = events.map((_, index) => index + 1);
    expect(seen[2 * i]!.sequences).toEqual(sequences);
    expect(seen[2 * i + 1]!.sequences).toEqual(sequences);
  }
  const keys = await stage.store.list("", undefined, 1000 * EXPLANATIONS);
  const expected = ids.flatMap((id) =>
    ["input.png", "events.ndjson", "sent", ...resultFileNames("VIT_CX")].map((name) => `explanations/${id}/${name}`),
  );
  expect(keys.filter((key) => key.startsWith("explanations/"))).toEqual(expected.toSorted());
  expect(keys.filter((key) => !key.startsWith("explanations/"))).toHaveLength(EXPLANATIONS);
  expect(await stage.jobs.receive(AbortSignal.timeout(LEASE_MS + 500))).toBeNull();
  expect(await stage.dead.receive(AbortSignal.timeout(300))).toBeNull();

  if (process.env["VITCX_TEST_REPORT"]) {
    const delays = seen.flatMap((each) => each.delays).toSorted((a, b) => a - b);
    const quantile = (q: number) => delays[Math.floor(q * delays.length)];
    const began = logs.map(({ events }) => events.filter(({ kind }) => kind === "STARTED").length);
    console.log({
      seconds,
      kills: KILLS,
      begunAgain: began.reduce((sum, times) => sum + times - 1, 0),
      resumed: seen.reduce((sum, { resumed }) => sum + resumed, 0),
      events: delays.length,
      delay: { p50: quantile(0.5), p95: quantile(0.95), max: delays[delays.length - 1] },
    });
  }
});

test("a watched explanation costs S3 two looks a second and a few puts", { timeout: 60_000 }, async () => {
  const stage = await openStage({ endpoint: aws.endpoint });
  const api = await stage.startApi();
  stage.start(bundles.worker.file);
  const image = await readFile("models/emoji-vit/examples/camera-cat.png");
  const before = new Map(aws.requests);
  const begun = performance.now();
  const id = await explain(api, image, 0);
  const { sequences, delays } = await subscribe([api], id, () => 0.99);
  const seconds = (performance.now() - begun) / 1000;
  const since = (kind: string) => (aws.requests.get(kind) ?? 0) - (before.get(kind) ?? 0);
  // The input, the index, the time of sending and the results, and the log as often as something happens.
  expect(since("PUT")).toBe(3 + resultFileNames("VIT_CX").length + sequences.length);
  expect(since("GET")).toBeLessThanOrEqual(2 * seconds + 8);
  expect(since("LIST")).toBe(0);
  if (process.env["VITCX_TEST_REPORT"]) console.log({ seconds, puts: since("PUT"), gets: since("GET"), delays });
});

test("A job that every worker dies of fails after three, and is with the dead letters", { timeout: 60_000 }, async () => {
  const stage = await openStage({ leaseMs: 1000 });
  const api = await stage.startApi();
  const id = await explain(api, await readFile("models/emoji-vit/examples/camera-cat.png"), 0);
  for (const attempt of [1, 2, 3]) {
    const worker = stage.start(bundles.crashing.file);
    expect(await once(worker, "exit")).toEqual([null, "SIGKILL"]);
    expect(fold((await readLog(stage.store, id))!)).toMatchObject({ status: "RUNNING", attempts: attempt });
  }
  const worker = stage.start(bundles.crashing.file);
  await once(worker.stdout, "data");
  worker.kill("SIGKILL");
  const { status, latest } = fold((await readLog(stage.store, id))!);
  expect([status, latest.FAILED?.code]).toEqual(["FAILED", "WORKER_LOST"]);
  expect((await stage.dead.receive(AbortSignal.timeout(5000)))?.job).toEqual({ id });
  expect(await stage.jobs.receive(AbortSignal.timeout(1500))).toBeNull();
});
