import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { access, mkdtemp, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Context, SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Desk } from "../../lib/explanation/desk.ts";
import { fold } from "../../lib/explanation/fold.ts";
import { readLog } from "../../lib/explanation/log.ts";
import { submit } from "../../lib/explanation/submit.ts";
import { sqsQueue, type SqsQueue } from "../../lib/queue/sqs.ts";
import { s3Store } from "../../lib/storage/s3.ts";
import { readCatalog } from "../../lib/vit/catalog.ts";
import { createBucket, useTestCredentials } from "../aws/buckets.ts";
import { type LocalAws, startLocalAws } from "../aws/local-aws.ts";

const bucket = `worker-${randomUUID()}`;

let aws: LocalAws;
let folder: string;
let desk: Desk & { queue: SqsQueue };
let dockerfile: string;
let environment: Record<string, string>;
beforeAll(async () => {
  useTestCredentials();
  dockerfile = await readFile("functions/worker.Dockerfile", "utf8");
  folder = await mkdtemp(join(tmpdir(), "vitcx-worker-"));
  aws = await startLocalAws();
  await createBucket(aws.endpoint, bucket);
  const { url, deadLetterUrl } = await aws.createQueue("worker", 10);
  environment = {
    VITCX_BUCKET: bucket,
    VITCX_S3_ENDPOINT: aws.endpoint,
    VITCX_S3_PATH_STYLE: "true",
    VITCX_QUEUE_URL: url,
    VITCX_DEAD_LETTER_URL: deadLetterUrl,
    VITCX_MODELS: resolve("models"),
    VITCX_LEASE_SECONDS: "10",
    VITCX_THREADS: "1",
  };
  const store = s3Store({ bucket, endpoint: aws.endpoint, pathStyle: true });
  desk = { store, queue: sqsQueue({ url, deadLetterUrl, leaseMs: 10_000 }), catalog: await readCatalog(["models"]) };

  // The command of the Dockerfile, but for where its output goes: what vitest shall import as it is lies under node_modules.
  const bundling = runs().find((command) => command.startsWith("npx esbuild"))!;
  await promisify(execFile)("bash", ["-c", bundling.replace("--outdir=dist", `--outdir=${dist()}`)]);
  const external = Array.from(bundling.matchAll(/--external:(\S+)/g), ([, name = ""]) => name);
  for (const name of external) await symlink(resolve("node_modules", name), join(folder, "node_modules", name));
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await aws.stop();
  await rm(folder, { recursive: true });
});

const dist = () => join(folder, "node_modules/dist");
const runs = () => Array.from(dockerfile.matchAll(/^RUN (.*)$/gm), ([, command = ""]) => command);
const instruction = (name: string) =>
  Array.from(dockerfile.matchAll(new RegExp(`^${name} (.*)$`, "gm")), ([, rest = ""]) => rest);

async function ask(seed: number): Promise<string> {
  const image = await readFile("models/emoji-vit/examples/hamburger.png");
  return (await submit(desk, { owner: "local", method: "VIT_CX", image, options: { seed } })).id;
}

const statusOf = async (id: string) => fold((await readLog(desk.store, id))!).status;

/** What the container starts. */
function startWorker(more: Record<string, string> = {}) {
  const [command = "", ...args] = JSON.parse(instruction("CMD").find((line) => line.includes("worker.mjs"))!) as string[];
  const file = join(dist(), "worker.mjs");
  const child = spawn(command, [...args.slice(0, -1), file], { env: { ...process.env, ...environment, ...more }, stdio: "pipe" });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const closed = new Promise<number | null>((done) => child.on("close", (code) => done(code)));
  return { child, closed, log: () => log };
}

describe("the container", () => {
  test("bundles, starts, shows that it is alive, explains, and ends on SIGTERM", async () => {
    const id = await ask(1);
    const alive = join(folder, "alive");
    const worker = startWorker({ VITCX_EXECUTION_PROVIDERS: "cuda,cpu", VITCX_ALIVE_FILE: alive });
    await vi.waitFor(async () => expect(await statusOf(id)).toBe("SUCCEEDED"), { timeout: 30_000, interval: 100 });
    expect(worker.log()).toMatch(/provider cuda cannot be used; trying cpu/);

    const [, health = ""] = instruction("HEALTHCHECK")[0].split(" CMD ");
    await promisify(execFile)("bash", ["-c", health.replace("/tmp/alive", alive)]);
    await expect(promisify(execFile)("bash", ["-c", health.replace("/tmp/alive", `${alive}-not`)])).rejects.toThrow();

    worker.child.kill("SIGTERM");
    expect(await worker.closed).toBe(0);
  });

  test("copies what there is, from stages that there are, and runs as nobody in particular", async () => {
    const stages = instruction("FROM").map((line) => line.split(" AS ")[1]);
    expect(stages).toEqual(["build", "modules", "modules-cuda", "gpu", "lambda"]);
    const bases = instruction("FROM").map((line) => line.split(" AS ")[0]);
    for (const base of bases) expect(stages.includes(base) || /:[\d.]+/.test(base), base).toBe(true);
    const ignored = await readFile("functions/worker.Dockerfile.dockerignore", "utf8");
    for (const copied of instruction("COPY")) {
      const from = /^--from=(\S+)/.exec(copied)?.[1];
      if (from !== undefined) expect(stages).toContain(from);
      else
        for (const path of copied.split(" ").slice(0, -1)) {
          await access(path);
          expect(ignored).toContain(`!${path}\n`);
        }
    }
    expect(dockerfile).toMatch(/AS gpu\n[^]*USER 10001\n[^]*AS lambda/);
    expect((await stat("node_modules/onnxruntime-node/script/install.js")).isFile()).toBe(true);
  });
});

describe("the Lambda worker", () => {
  const load = async () => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const { handler } = await import(pathToFileURL(join(dist(), "worker-lambda.mjs")).href);
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
    const { MessageId, ReceiptHandle, Body, Attributes } = Messages![0];
    return { Records: [{ messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, attributes: Attributes }] } as never;
  }

  test("explains, and reports nothing, so that Lambda forgets the message", async () => {
    const handler = await load();
    const id = await ask(2);
    expect(await handler(await nextEvent(), context(900_000))).toEqual({ batchItemFailures: [] });
    expect(await statusOf(id)).toBe("SUCCEEDED");
  });

  test("gives a job back that its time is too short for, and reports it", async () => {
    const handler = await load();
    const id = await ask(3);
    const event = await nextEvent();
    const { messageId } = event.Records[0];
    expect(await handler(event, context(0))).toEqual({ batchItemFailures: [{ itemIdentifier: messageId }] });
    expect(await statusOf(id)).toBe("QUEUED");
    const again = await nextEvent();
    expect(again.Records[0].attributes.ApproximateReceiveCount).toBe("2");
    expect(await handler(again, context(900_000))).toEqual({ batchItemFailures: [] });
    expect(await statusOf(id)).toBe("SUCCEEDED");
  });
});
