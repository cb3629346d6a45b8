import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { NO_GPU } from "../../infra/no-gpu.ts";
import type { Deps } from "../../lib/explanation/deps.ts";
import { fold } from "../../lib/explanation/log/fold.ts";
import { readLog } from "../../lib/explanation/log/log.ts";
import { submit } from "../../lib/explanation/request/submit.ts";
import { ResultCache } from "../../lib/explanation/results/result-cache.ts";
import { resultFileNames } from "../../lib/explanation/results/summary.ts";
import { sqsQueue } from "../../lib/queue/sqs.ts";
import { s3Store } from "../../lib/storage/s3.ts";
import { readCatalog } from "../../lib/vit/catalog/catalog.ts";
import { createBucket, useTestCredentials } from "../aws/buckets.ts";
import { type LocalAws, startLocalAws } from "../aws/local-aws.ts";
import { build, init, killAll, type LeftOut, missing, start, type StartOptions } from "./images.ts";
import { LambdaService } from "./lambda-service.ts";

const dockerfile = "functions/worker.Dockerfile";

/** The steps of the gpu image that need NVIDIA's. */
const leftOut: readonly LeftOut[] = [
  {
    step: /^node .*\/install\.js/,
    why: "fetches half a gigabyte of CUDA libraries from nuget.org, which not every machine reaches",
  },
  { step: /\bldd /, why: "looks for what those libraries need, in NVIDIA's base image" },
  { step: /^ldconfig /, why: "looks for cuDNN, in NVIDIA's base image" },
];

/** Lambda's own user, of whose kind there is none in the image. */
const LAMBDA_USER = "993:990";
const LEASE_SECONDS = 5;

const asProcess: [string, StartOptions][] = [
  ["as process 1", {}],
  ["under an init", { init }],
];

describe.skipIf(missing !== undefined)(`the worker's images${missing === undefined ? "" : ` (left out: ${missing})`}`, () => {
  let aws: LocalAws;
  let deps: Deps;
  let environment: Record<string, string>;
  beforeAll(async () => {
    useTestCredentials();
    aws = await startLocalAws();
    const bucket = `images-${randomUUID()}`;
    await createBucket(aws.endpoint, bucket);
    const { url, deadLetterUrl } = await aws.createQueue(bucket, 10);
    environment = {
      VITCX_BUCKET: bucket,
      VITCX_S3_ENDPOINT: aws.endpoint,
      VITCX_S3_PATH_STYLE: "true",
      VITCX_QUEUE_URL: url,
      VITCX_DEAD_LETTER_URL: deadLetterUrl,
      VITCX_LEASE_SECONDS: String(LEASE_SECONDS),
      VITCX_THREADS: "1",
      AWS_REGION: process.env["AWS_REGION"]!,
      AWS_ACCESS_KEY_ID: process.env["AWS_ACCESS_KEY_ID"]!,
      AWS_SECRET_ACCESS_KEY: process.env["AWS_SECRET_ACCESS_KEY"]!,
    };
    deps = {
      store: s3Store({ bucket, endpoint: aws.endpoint, pathStyle: true }),
      queue: sqsQueue({ url, deadLetterUrl, leaseMs: 1000 * LEASE_SECONDS }),
      catalog: await readCatalog(["models"]),
      cache: new ResultCache(),
      lastSends: new Map(),
    };
  });
  afterAll(async () => {
    await killAll();
    await aws?.stop();
  });

  const explanationOf = async (id: string) => fold((await readLog(deps.store, id))!);
  const isNowInTheMiddle = async (id: string) => {
    const wait = { timeout: 60_000, interval: 20 };
    await vi.waitUntil(async () => (await explanationOf(id)).latest.SCORED !== undefined, wait);
    expect((await explanationOf(id)).status).toBe("RUNNING");
  };

  /** Of many passes where it is to be interrupted. */
  async function ask(name: string, options: object = {}): Promise<string> {
    const image = await readFile(`models/emoji-vit/examples/${name}.png`);
    return (await submit(deps, { owner: "local", method: "VIT_CX", image, options: { seed: 1, ...options } })).id;
  }
  const long = { delta: 0.08 };

  async function expectDone(id: string): Promise<void> {
    const { status, latest } = await explanationOf(id);
    expect([status, latest.FAILED]).toEqual(["SUCCEEDED", undefined]);
    const keys = await deps.store.list(`explanations/${id}/`, undefined, 100);
    expect(keys).toEqual(expect.arrayContaining(resultFileNames("VIT_CX").map((name) => `explanations/${id}/${name}`)));
    expect(await deps.queue.receive(AbortSignal.timeout(1000))).toBeNull();
  }

  describe("lambda", () => {
    const services: LambdaService[] = [];
    beforeAll(async () => expect(await build(dockerfile, "lambda")).toEqual([]));
    afterAll(() => services.forEach((service) => service.stop()));

    async function startFunction(more: StartOptions = {}) {
      const service = new LambdaService();
      services.push(service);
      const lambda = { AWS_LAMBDA_RUNTIME_API: await service.listen(), AWS_LAMBDA_LOG_STREAM_NAME: "2026/11/27/[$LATEST]0" };
      const container = await start("lambda", {
        user: LAMBDA_USER,
        readOnly: true,
        ...more,
        env: { ...environment, ...lambda, ...more.env },
      });
      return { service, container, feed: () => service.feed(aws.endpoint, environment["VITCX_QUEUE_URL"]!) };
    }

    test("explains, as a user who may write nothing but /tmp", async () => {
      const id = await ask("camera-cat");
      const { feed, container } = await startFunction();
      const answer = await feed();
      expect([answer, container.log()]).toEqual([{ batchItemFailures: [] }, expect.not.stringContaining('"level":50')]);
      await container.printed(new RegExp(id));
      await expectDone(id);
      const { latest } = await explanationOf(id);
      expect(latest.STARTED?.worker).toBe("2026/11/27/[$LATEST]0");
      await expect(container.exec("sh", "-c", "touch /var/task/x")).rejects.toThrow("Read-only");
    });

    test("leaves its job, where Lambda kills it, to the next after the lease", async () => {
      const id = await ask("crab", long);
      const first = await startFunction();
      const never = first.feed();
      await Promise.race([never, isNowInTheMiddle(id)]);
      first.container.kill("SIGKILL");
      expect(await first.container.ended).not.toBe(0);
      const second = await startFunction();
      expect(await second.feed()).toEqual({ batchItemFailures: [] });
      await expectDone(id);
      expect((await explanationOf(id)).attempts).toBe(2);
    });

    test("tells Lambda where it cannot start", async () => {
      const { service, container } = await startFunction({ env: { VITCX_QUEUE_URL: "" } });
      await Promise.race([service.initError, container.ended]);
      expect(container.log()).toContain("VITCX_QUEUE_URL");
      const nowhere = await startFunction({ command: ["dist/worker-lamda.handler"] });
      expect(await nowhere.service.initError).toMatchObject({ errorMessage: "Cannot find module dist/worker-lamda" });
      expect(await nowhere.container.ended).toBe(1);
    });
  });

  describe("gpu", () => {
    beforeAll(async () => expect(await build(dockerfile, "gpu", { leftOut })).toHaveLength(leftOut.length));

    for (const { step, why } of leftOut) test.skip(`runs ${step}: it ${why}`, () => undefined);

    test("explains on the CPU where there is no GPU and says so, as nobody in particular, and shows that it is alive", async () => {
      const worker = await start("gpu", { env: environment });
      const id = await ask("hamburger");
      await vi.waitUntil(async () => (await explanationOf(id)).status !== "QUEUED", { timeout: 60_000, interval: 50 });
      await worker.checkHealth();
      expect(await worker.exec("cat", "/proc/1/status")).toMatch(/^Uid:\t10001\t10001/m);
      await vi.waitUntil(async () => (await explanationOf(id)).status === "SUCCEEDED", { timeout: 60_000, interval: 50 });
      await expectDone(id);
      expect(worker.log()).toContain(`${NO_GPU}; trying cpu`);
      // The file of one that hangs is as old as its last sign of life.
      await worker.exec("touch", "-d", "-5 minutes", "/tmp/alive");
      await expect(worker.checkHealth()).rejects.toThrow();
      worker.kill("SIGTERM");
      expect(await worker.ended).toBe(0);
    });

    test.each(asProcess)("ends with a pass that never ends: %s", async (_, options) => {
      const id = await ask("mushroom", { ...long, seed: _.length });
      // Blocks the thread for good at SIGUSR2, as a pass of a model with an endless loop would.
      const code = 'process.on("SIGUSR2", () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))';
      const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(code)}`;
      const worker = await start("gpu", { env: { ...environment, NODE_OPTIONS, VITCX_JOB_SECONDS: "3" }, ...options });
      await isNowInTheMiddle(id);
      const name = (await explanationOf(id)).latest.STARTED!.worker;
      await worker.exec("sh", "-c", `kill -USR2 ${name.slice(name.lastIndexOf("-") + 1)}`);
      expect(await Promise.race([worker.ended, sleep(30_000, "still there")])).toBe(options.init === undefined ? 1 : 137);
      const { status, latest } = await explanationOf(id);
      expect([status, latest.FAILED?.code]).toEqual(["FAILED", "TIMED_OUT"]);
    });

    test.each(asProcess)("gives its job back on SIGTERM, and another worker does it: %s", async (_, options) => {
      const id = await ask("key-octopus", { ...long, seed: _.length });
      const worker = await start("gpu", { env: environment, ...options });
      await isNowInTheMiddle(id);
      const begun = performance.now();
      worker.kill("SIGTERM");
      expect(await worker.ended).toBe(0);
      expect(performance.now() - begun).toBeLessThan(10_000);
      const { events } = (await readLog(deps.store, id))!;
      expect(events.at(-1)).toMatchObject({ kind: "RELEASED", reason: "STOPPING" });

      const other = await start("gpu", { env: environment, ...options });
      await vi.waitUntil(async () => (await explanationOf(id)).status === "SUCCEEDED", { timeout: 60_000, interval: 50 });
      await expectDone(id);
      const starts = (await readLog(deps.store, id))!.events.filter(({ kind }) => kind === "STARTED");
      expect(starts).toHaveLength(2);
      other.kill("SIGTERM");
      expect(await other.ended).toBe(0);
    });
  });

  test.each([["lambda", "libonnxruntime.so.1"]])(
    "are not built where a library cannot be loaded: %s without %s",
    async (target, library) => {
      const copied = "COPY --from=modules /vitcx/node_modules node_modules\n";
      const change = (text: string) => text.replace(copied, `${copied}RUN find . -name '${library}*' -exec rm {} +\n`);
      expect(change(await readFile(dockerfile, "utf8"))).toContain("exec rm {}");
      await expect(build(dockerfile, target, { change })).rejects.toThrow(`${library}: cannot open shared object file`);
    },
  );
});
