import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Context, SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { NO_GPU } from "../../infra/no-gpu.ts";
import type { Deps } from "../../lib/explanation/deps.ts";
import { fold } from "../../lib/explanation/log/fold.ts";
import { readLog } from "../../lib/explanation/log/log.ts";
import { submit } from "../../lib/explanation/request/submit.ts";
import { sqsQueue, type SqsQueue } from "../../lib/queue/sqs.ts";
import { ResultCache } from "../../lib/explanation/results/result-cache.ts";
import { s3Store } from "../../lib/storage/s3.ts";
import { readCatalog } from "../../lib/vit/catalog/catalog.ts";
import { createBucket, useTestCredentials } from "../aws/buckets.ts";
import { type LocalAws, startLocalAws } from "../aws/local-aws.ts";
import { type Stage, stagesOf } from "../container/dockerfile.ts";
import { type BuiltImage, buildImage, run } from "./worker-image.ts";

const bucket = `worker-${randomUUID()}`;

let aws: LocalAws;
let folder: string;
let image: BuiltImage;
let deps: Deps & { queue: SqsQueue };
let stages: Stage[];
let environment: Record<string, string>;
beforeAll(async () => {
  useTestCredentials();
  stages = stagesOf(await readFile("functions/worker.Dockerfile", "utf8"));
  folder = await mkdtemp(join(tmpdir(), "vitcx-worker-"));
  [aws, image] = await Promise.all([startLocalAws(), buildImage(stages, folder)]);
  await createBucket(aws.endpoint, bucket);
  const { url, deadLetterUrl } = await aws.createQueue("worker", 10);
  environment = {
    VITCX_BUCKET: bucket,
    VITCX_S3_ENDPOINT: aws.endpoint,
    VITCX_S3_PATH_STYLE: "true",
    VITCX_QUEUE_URL: url,
    VITCX_DEAD_LETTER_URL: deadLetterUrl,
    VITCX_MODELS: join(image.folder, "models"),
    VITCX_LEASE_SECONDS: "10",
    VITCX_THREADS: "1",
  };
  const store = s3Store({ bucket, endpoint: aws.endpoint, pathStyle: true });
  deps = {
    store,
    queue: sqsQueue({ url, deadLetterUrl, leaseMs: 10_000 }),
    catalog: await readCatalog(["models"]),
    cache: new ResultCache(),
    lastSends: new Map(),
  };
}, 600_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await aws?.stop();
  await rm(folder, { recursive: true });
});

const instruction = (stage: string, name: string) =>
  stages.find((each) => each.name === stage)!.instructions.find((each) => each.name === name)!.rest;

async function ask(seed: number, noiseDraws = 1): Promise<string> {
  const image = await readFile("models/emoji-vit/examples/hamburger.png");
  return (await submit(deps, { owner: "local", method: "VIT_CX", image, options: { seed, noiseDraws } })).id;
}

const statusOf = async (id: string) => fold((await readLog(deps.store, id))!).status;

/** What the container starts, where it starts it. */
function startWorker(more: Record<string, string> = {}) {
  const [command = "", ...args] = JSON.parse(instruction("gpu", "CMD")) as string[];
  const env = { ...process.env, ...environment, ...more };
  const child = spawn(command, args, { cwd: image.folder, env, stdio: "pipe" });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const closed = new Promise<number | null>((done) => child.on("close", (code) => done(code)));
  return { child, closed, log: () => log };
}

/** Why a step of the Dockerfile is not run here. */
const notHere = [
  [/^node .*\/install\.js/, "fetches half a gigabyte from nuget.org, which not every machine reaches"],
  [/^useradd /, "makes a user, and a user of this machine is not the image's"],
  [/\bldd |^ldconfig /, "looks for CUDA; test/container/cuda.test.ts runs it with tools that answer for it"],
  [/^node -e /, "loads libraries in the image's own system, which test/built-images builds"],
] as const;

describe("the image", () => {
  test("is built by the commands that the Dockerfile has", () => {
    const all = stages.flatMap(({ instructions }) => instructions.filter(({ name }) => name === "RUN").map(({ rest }) => rest));
    const left = all.filter((command) => !image.ran.includes(command));
    expect(image.ran).toEqual([
      "npm ci",
      expect.stringMatching(/^npx esbuild /),
      "npm ci --omit=dev",
      expect.stringMatching(/^rm -rf /),
      expect.stringMatching(/^find .* -exec rm /),
    ]);
    for (const command of left) expect(notHere.filter(([step]) => step.test(command))).toHaveLength(1);
    expect(left).toHaveLength(6);
    // The container has the same things in it as the function, beside the CUDA libraries and Node.
    const copies = (name: string) =>
      stages.find((stage) => stage.name === name)!.instructions.filter((each) => each.name === "COPY");
    const common = copies("gpu").map(({ rest }) => rest.replace("--from=modules-cuda", "--from=modules"));
    expect(common.filter((rest) => !rest.endsWith("/bin/node"))).toEqual(copies("lambda").map(({ rest }) => rest));
  });

  for (const [step, why] of notHere) test.skip(`runs ${step}: it ${why}`, () => undefined);

  test("leaves out what was there and is for other machines, and has what the bundle wants beside it", async () => {
    const removed = image.ran
      .find((command) => command.startsWith("rm -rf"))!
      .split(" ")
      .slice(2);
    expect(image.there).toEqual(removed);
    for (const path of removed) await expect(access(join(image.folder, path))).rejects.toThrow("ENOENT");

    const bundling = image.ran.find((command) => command.startsWith("npx esbuild"))!;
    const external = Array.from(bundling.matchAll(/--external:(\S+)/g), ([, name = ""]) => name);
    const { resolve } = createRequire(join(image.folder, "dist/worker.mjs"));
    expect(external.length).toBeGreaterThan(2);
    for (const name of external) expect(resolve(name)).toContain(`${image.folder}/node_modules/${name}/`);
  });

  test("has nothing copied into it that the build does not send", async () => {
    const ignored = await readFile("functions/worker.Dockerfile.dockerignore", "utf8");
    for (const { name, rest, from } of stages.flatMap(({ instructions }) => instructions)) {
      if (name !== "COPY" || from !== undefined) continue;
      for (const path of rest.split(" ").slice(0, -1)) expect(ignored).toContain(`!${path}\n`);
    }
  });
});

describe("the container", () => {
  test("starts, shows that it is alive, explains without a GPU and says so, and ends on SIGTERM", async () => {
    const id = await ask(1);
    const alive = join(folder, "alive");
    const providers = /VITCX_EXECUTION_PROVIDERS=(\S+)/.exec(instruction("gpu", "ENV"))![1]!;
    const worker = startWorker({ VITCX_EXECUTION_PROVIDERS: providers, VITCX_ALIVE_FILE: alive });
    await vi.waitFor(async () => expect(await statusOf(id)).toBe("SUCCEEDED"), { timeout: 60_000, interval: 100 });
    expect(worker.log()).toContain(`${NO_GPU}; trying cpu`);

    const [, health = ""] = /\bCMD (.+)$/.exec(instruction("gpu", "HEALTHCHECK"))!;
    await run(health.replace("/tmp/alive", alive), folder);
    await expect(run(health.replace("/tmp/alive", `${alive}-not`), folder)).rejects.toThrow();

    worker.child.kill("SIGTERM");
    expect(await worker.closed).toBe(0);
  }, 90_000);
});

describe("the Lambda worker", () => {
  const load = async () => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const [file = "", name = ""] = (JSON.parse(instruction("lambda", "CMD")) as string[])[0]!.split(".");
    const { [name]: handler } = await import(pathToFileURL(join(image.folder, `${file}.mjs`)).href);
    return handler as (event: SQSEvent, context: Pick<Context, "getRemainingTimeInMillis" | "logStreamName">) => Promise<unknown>;
  };
  const context = (ms: number) => ({ getRemainingTimeInMillis: () => ms, logStreamName: "2026/11/23/[$LATEST]0" });

  /** The next message as Lambda hands it over, already received from the queue. */
  async function nextEvent(): Promise<SQSEvent> {
    const { ReceiveMessageCommand, SQSClient } = await import("@aws-sdk/client-sqs");
    const command = {
      QueueUrl: environment["VITCX_QUEUE_URL"],
      WaitTimeSeconds: 10,
      MessageSystemAttributeNames: ["All" as const],
    };
    const { Messages } = await new SQSClient({ endpoint: aws.endpoint }).send(new ReceiveMessageCommand(command));
    const { MessageId, ReceiptHandle, Body, Attributes } = Messages![0]!;
    return { Records: [{ messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, attributes: Attributes }] } as never;
  }

  test("explains, and reports nothing, so that Lambda forgets the message", async () => {
    const handler = await load();
    const id = await ask(2);
    expect(await handler(await nextEvent(), context(900_000))).toEqual({ batchItemFailures: [] });
    expect(await statusOf(id)).toBe("SUCCEEDED");
  });

  test("ends an explanation that its time is too short for, since it would be so again", async () => {
    const handler = await load();
    const id = await ask(3);
    expect(await handler(await nextEvent(), context(0))).toEqual({ batchItemFailures: [] });
    const { status, latest } = fold((await readLog(deps.store, id))!);
    expect([status, latest.FAILED?.code]).toEqual(["FAILED", "OUT_OF_TIME"]);
  });

  test("that a pass never lets go ends the explanation by itself, and its process, before Lambda does", async () => {
    const id = await ask(4, 64);
    const event = JSON.stringify(await nextEvent());
    const [file = ""] = (JSON.parse(instruction("lambda", "CMD")) as string[])[0]!.split(".");
    // Blocks the thread for good at SIGUSR2, as a pass of a model with an endless loop would.
    const code = `
      import { handler } from ${JSON.stringify(pathToFileURL(join(image.folder, `${file}.mjs`)).href)};
      process.on("SIGUSR2", () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
      await handler(${event}, { getRemainingTimeInMillis: () => 62_000, logStreamName: "stuck" });`;
    const script = join(folder, "stuck.mjs");
    await writeFile(script, code);
    const env = { ...process.env, ...environment };
    const child = spawn(process.execPath, [script], { cwd: image.folder, env });
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
    const signal = new Promise((done) => child.on("close", (_, name) => done(name)));
    await vi.waitFor(async () => expect(await statusOf(id)).toBe("RUNNING"), { timeout: 20_000, interval: 50 });
    child.kill("SIGUSR2");
    expect(await signal).toBe("SIGKILL");
    const { status, latest } = fold((await readLog(deps.store, id))!);
    expect([status, latest.FAILED?.code]).toEqual(["FAILED", "OUT_OF_TIME"]);
    expect(log).toContain(`"explanation":"${id}","code":"OUT_OF_TIME"`);
  }, 40_000);
});
