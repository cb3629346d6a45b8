import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manifests } from "../../infra/manifests.ts";
import { stageOptions } from "../../infra/stage.ts";
import { checks, variablesOf } from "./checks.ts";
import { evaluate, type Plan } from "./plan.ts";

test("a stage is what its environment says, or nothing", () => {
  expect(stageOptions({})).toMatchObject({ worker: "cpu", gpuTasks: 2, keepDays: 90, origins: [] });
  expect(stageOptions({ VITCX_WORKER: "gpu", VITCX_GPU_TASKS: "7" })).toMatchObject({ worker: "gpu", gpuTasks: 7 });
  expect(() => stageOptions({ VITCX_WORKER: "tpu" })).toThrow("Expected VITCX_WORKER to be gpu or cpu, got tpu.");
  for (const bad of ["0", "-1", "1.5", "many"]) expect(() => stageOptions({ VITCX_GPU_TASKS: bad })).toThrow("VITCX_GPU_TASKS");
});

/** `npm run test:infra` puts it there. */
const platform = existsSync(".sst/platform/node_modules");

const stage = { VITCX_ORIGINS: "https://a.example" };

describe.skipIf(!platform).each(["cpu", "gpu"])("a stage with the %s worker", (worker) => {
  let plan: Plan;
  beforeAll(async () => {
    plan = await evaluate({ ...stage, VITCX_WORKER: worker });
  }, 120_000);

  for (const [name, check] of Object.entries(checks)) test(name, () => check(plan));

  test.runIf(worker === "cpu")("computes in Lambda, a job at a time, and has nothing that costs while idle", () => {
    const { packageType, timeout, environment } = plan.one("aws:lambda/function:Function", "Worker");
    expect([packageType, timeout]).toEqual(["Image", 900]);
    expect(Number(variablesOf(environment)["VITCX_LEASE_SECONDS"])).toBeLessThan(timeout);
    expect(plan.one("aws:lambda/eventSourceMapping:EventSourceMapping", "WorkerJobs")).toMatchObject({
      batchSize: 1,
      functionResponseTypes: ["ReportBatchItemFailures"],
    });
    expect(plan.one("docker-build:index:Image", "WorkerImage").target).toBe("lambda");
    expect(plan.resources.filter(({ type }) => /^aws:(ecs|ec2|autoscaling)/.test(type))).toEqual([]);
  });

  test.runIf(worker === "gpu")("computes on GPUs that come with the queue and go with it", () => {
    const [container] = JSON.parse(plan.one("aws:ecs/taskDefinition:TaskDefinition", "WorkerTask").containerDefinitions);
    expect(container.resourceRequirements).toEqual([{ type: "GPU", value: "1" }]);
    expect(container.stopTimeout).toBe(120);
    expect(container.environment).toContainEqual({ name: "AWS_REGION", value: "eu-central-1" });
    expect(plan.one("docker-build:index:Image", "WorkerImage").target).toBe("gpu");
    expect(plan.one("aws:ecs/service:Service", "WorkerService").desiredCount).toBe(0);
    expect(plan.one("aws:appautoscaling/target:Target", "WorkerScaling")).toMatchObject({ minCapacity: 0, maxCapacity: 2 });
    expect(plan.one("aws:autoscaling/group:Group", "GpuGroup")).toMatchObject({ minSize: 0, maxSize: 2 });
    const none = plan.one("aws:cloudwatch/metricAlarm:MetricAlarm", "JobsNone");
    expect(none.evaluationPeriods).toBe(10);
    // It must not take back what the API has started, before an instance is there.
    expect(none.metricQueries.map(({ id }: { id: string }) => id)).toEqual(["waiting", "running", "instances", "all"]);
    expect(none.metricQueries[2].metric.dimensions).toEqual({ AutoScalingGroupName: "GpuGroup" });
    expect(none.metricQueries[3]).toMatchObject({ expression: "IF(instances > 0, waiting + running, 1)", returnData: true });
    expect(plan.one("aws:autoscaling/group:Group", "GpuGroup").enabledMetrics).toEqual(["GroupInServiceInstances"]);
    expect(plan.one("aws:cloudwatch/metricAlarm:MetricAlarm", "JobsWait").threshold).toBe(1);
    expect(plan.one("aws:ec2/securityGroup:SecurityGroup", "GpuInstances").ingress ?? []).toEqual([]);
    expect(plan.all("aws:ec2/natGateway:NatGateway")).toEqual([]);
    expect(plan.one("aws:scheduler/schedule:Schedule", "KeepMetrics").target.arn).toMatch(/sqs:setQueueAttributes$/);
  });
});

test("a model without a manifest stops a deployment, with what to do about it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vitcx-models-"));
  const home = process.cwd();
  try {
    for (const name of ["a/manifest.json", "b/config.json", ".adding-1/config.json", "README.md/notes.txt"]) {
      await mkdir(join(folder, "models", dirname(name)), { recursive: true });
      await writeFile(join(folder, "models", name), "{}");
    }
    process.chdir(folder);
    expect(() => manifests()).toThrow(/models\/b has no manifest\.json.*npm run models -- add/);
    await rm(join(folder, "models/b"), { recursive: true });
    expect(manifests()).toEqual(["models/a/manifest.json"]);
  } finally {
    process.chdir(home);
    await rm(folder, { recursive: true });
  }
});

describe.skipIf(!platform)("a stage called production", () => {
  test("keeps what it has", async () => {
    const plan = await evaluate({}, "production");
    expect(plan.app).toMatchObject({ removal: "retain", protect: true });
    expect(plan.one("aws:s3/bucket:Bucket", "StoreBucket").forceDestroy).toBe(false);
  }, 120_000);
});

const uploading = "pages may put images into the bucket, and no other origin's";

describe.skipIf(!platform)("a mistake is noticed", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "vitcx-mistake-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each([
    ["streaming: true", "streaming: false", "infra/api.ts", "the API streams"],
    ["dlq: {", "fifo: false && {", "infra/storage.ts", "a job that nobody rejects ends with the dead letters"],
    ["enforceHttps: true", 'access: "public"', "infra/storage.ts", "the bucket is nobody else's"],
    ['["s3:GetObject", "s3:PutObject"]', '["s3:*"]', "infra/storage.ts", "policies name exact actions on this stage's resources"],
    ["resources: [bucket.arn]", 'resources: ["*"]', "infra/storage.ts", "policies name exact actions on this stage's resources"],
    ["transform: { role:", "tags: { role:", "infra/api.ts", "one service may assume each role"],
    ["resources: [gpu.service.arn]", 'resources: ["*"]', "infra/api.ts", "policies name exact actions on this stage's resources"],
    [
      '"ecs:UpdateService"]',
      '"ecs:*"]',
      "infra/api.ts",
      "the API can start the GPU workers where there are any, and nobody else can",
    ],
    ['allowedMethods: ["PUT"]', 'allowedMethods: ["PUT", "GET"]', "infra/storage.ts", uploading],
    ["acceptUploads(store, [", 'acceptUploads(store, ["*", ', "sst.config.ts", uploading],
    ['prefix: "uploads/"', 'prefix: "upload/"', "infra/storage.ts", "what expires does"],
  ])(
    "%s → %s",
    async (right, wrong, file, name) => {
      await Promise.all(["infra", "sst.config.ts"].map((path) => cp(path, join(folder, path), { recursive: true })));
      const text = await readFile(file, "utf8");
      expect(text).toContain(right);
      await writeFile(join(folder, file), text.replace(right, wrong));
      const plan = await evaluate({ ...stage, VITCX_WORKER: "gpu" }, "test", folder);
      expect(() => checks[name](plan)).toThrow();
    },
    120_000,
  );
});
