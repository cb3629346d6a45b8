import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manifests } from "../../infra/manifests.ts";
import { NO_GPU } from "../../infra/no-gpu.ts";
import { scalingSteps } from "../../infra/scaling-steps.ts";
import { readStage, stageOptions } from "../../infra/stage.ts";
import { checks, variablesOf } from "./checks.ts";
import { overLimits } from "./limits.ts";
import { DEPLOYMENT, evaluate, type Plan } from "./plan.ts";

test("a stage is what stages.json says, or the default", () => {
  expect(stageOptions({})).toMatchObject({
    worker: "cpu",
    gpuTasks: 2,
    gpuSpot: true,
    targetWaitSeconds: 60,
    cpuMemoryMb: 3008,
    cpuArchitecture: "x86_64",
    cpuTasks: 2,
    apiConcurrency: 0,
    ownerQueuedPasses: 0,
    ownerRequestsPerMinute: 0,
    ownerStoredMb: 0,
    keepDays: 90,
    origins: [],
  });
  expect(stageOptions({ worker: "gpu", gpuTasks: 5000 })).toMatchObject({ worker: "gpu", gpuTasks: 5000 });
  expect(stageOptions({ cpuMemoryMb: 10_240, cpuTasks: 1000 })).toMatchObject({ cpuMemoryMb: 10_240, cpuTasks: 1000 });
});

test("a setting that stands in a variable stops a deployment, for the next one might not have it", () => {
  process.env["VITCX_DOMAIN"] = "maps.example.org";
  try {
    expect(() => readStage("dev")).toThrow("Expected VITCX_DOMAIN not to be set: a stage's settings are in stages.json");
  } finally {
    delete process.env["VITCX_DOMAIN"];
  }
});

test.each([
  [{ domain: "https://maps.example.org" }, "Expected domain of the stage dev to be a domain such as maps.example.org"],
  [{ domain: "localhost" }, "to be a domain"],
  [{ monthlyBudget: -1 }, "Expected monthlyBudget of the stage dev to be an integer from 0 to 1000000, got -1."],
  [{ worker: "tpu" }, 'Expected worker of the stage dev to be "gpu" or "cpu", got "tpu".'],
  [{ gpuTasks: 0 }, "Expected gpuTasks of the stage dev to be an integer from 1 to 5000, got 0."],
  [{ gpuTasks: 5001 }, "from 1 to 5000, got 5001."],
  [{ gpuTasks: "2" }, 'from 1 to 5000, got "2".'],
  [{ cpuMemoryMb: 512 }, "from 1024 to 10240"],
  [{ cpuTasks: 1 }, "from 2 to 1000"],
  [{ gpuSpot: "yes" }, "to be true or false"],
  [{ cpuArchitecture: "amd64" }, 'to be "x86_64" or "arm64", got "amd64".'],
  [{ origins: "https://a.example" }, "to be a list of origins"],
  [{ gpuTask: 3 }, "got gpuTask."],
  [7, "to be an object, got 7"],
])("%j is no stage", (given, complaint) => {
  expect(() => stageOptions(given)).toThrow(complaint);
});

test("more work asks for more containers, in steps that AWS takes", () => {
  expect(scalingSteps(1, 60)).toEqual([{ work: 0, tasks: 1 }]);
  expect(scalingSteps(3, 60)).toEqual([
    { work: 0, tasks: 1 },
    { work: 60, tasks: 2 },
    { work: 120, tasks: 3 },
  ]);
  for (let maxTasks = 1; maxTasks <= 5000; maxTasks += maxTasks < 40 ? 1 : 31) {
    const steps = scalingSteps(maxTasks, 30);
    if (maxTasks <= 20) expect(steps).toHaveLength(maxTasks);
    expect(steps.length).toBeLessThanOrEqual(20);
    expect(steps[0]).toEqual({ work: 0, tasks: 1 });
    expect(steps.at(-1)?.tasks).toBe(maxTasks);
    // Up to the work at a step's end, its containers make nobody wait for longer than was wanted.
    for (const [i, { work }] of steps.slice(1).entries()) expect(work).toBe(steps[i]!.tasks * 30);
    for (const [i, { tasks }] of steps.slice(1).entries()) expect(tasks).toBeGreaterThan(steps[i]!.tasks);
  }
});

/** `npm run test:infra` puts it there. */
const platform = existsSync(".sst/platform/node_modules");

const settings = { origins: ["https://a.example"] };

describe.skipIf(!platform).each(["cpu", "gpu"])("a stage with the %s worker", (worker) => {
  let plan: Plan;
  beforeAll(async () => {
    plan = await evaluate({ settings: { ...settings, worker } });
  }, 120_000);

  for (const [name, check] of Object.entries(checks)) test(name, () => check(plan));

  test.runIf(worker === "cpu")("computes in Lambda, a job at a time, and has nothing that costs while idle", () => {
    const { packageType, timeout, memorySize, loggingConfig, environment } = plan.one("aws:lambda/function:Function", "Worker");
    // What an account has from its first day on.
    expect([packageType, timeout, memorySize]).toEqual(["Image", 900, 3008]);
    expect(variablesOf(environment)).toMatchObject({ VITCX_THREADS: "2", VITCX_MODEL_MEMORY_MB: "1504" });
    expect(Number(variablesOf(environment)["VITCX_LEASE_SECONDS"])).toBeLessThan(timeout);
    expect(loggingConfig).toEqual({ logFormat: "Text", logGroup: "/vitcx/test/worker" });
    expect(plan.one("aws:lambda/eventSourceMapping:EventSourceMapping", "WorkerJobs")).toMatchObject({
      batchSize: 1,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: 2 },
    });
    expect(plan.one("docker-build:index:Image", "WorkerImage").target).toBe("lambda");
    expect(plan.resources.filter(({ type }) => /^aws:(ecs|ec2|autoscaling)/.test(type))).toEqual([]);
  });

  test.runIf(worker === "gpu")("computes on GPUs that come with the queue and go with it", () => {
    const [container] = JSON.parse(plan.one("aws:ecs/taskDefinition:TaskDefinition", "WorkerTask").containerDefinitions);
    expect(container.resourceRequirements).toEqual([{ type: "GPU", value: "1" }]);
    expect(container.stopTimeout).toBe(120);
    expect(container.linuxParameters).toEqual({ initProcessEnabled: true });
    expect(container.environment).toContainEqual({ name: "AWS_REGION", value: "eu-central-1" });
    expect(plan.one("docker-build:index:Image", "WorkerImage").target).toBe("gpu");
    expect(plan.one("aws:ecs/service:Service", "WorkerService").desiredCount).toBe(0);
    expect(plan.one("aws:appautoscaling/target:Target", "WorkerScaling")).toMatchObject({ minCapacity: 0, maxCapacity: 2 });
    const group = plan.one("aws:autoscaling/group:Group", "GpuGroup");
    expect(group).toMatchObject({ minSize: 0, maxSize: 2 });
    const { instancesDistribution, launchTemplate } = group.mixedInstancesPolicy;
    expect(instancesDistribution).toMatchObject({ onDemandBaseCapacity: 1, onDemandPercentageAboveBaseCapacity: 0 });
    expect(launchTemplate.overrides[0]).toEqual({ instanceType: "g6.xlarge" });
    expect(plan.one("aws:ec2/securityGroup:SecurityGroup", "GpuInstances").ingress ?? []).toEqual([]);
    expect(plan.all("aws:ec2/natGateway:NatGateway")).toEqual([]);
    const { userData } = plan.one("aws:ec2/launchTemplate:LaunchTemplate", "GpuTemplate");
    expect(Buffer.from(userData, "base64").toString()).toMatch(
      /'ECS_CLUSTER=vitcx-test-gpu\\n.*_EXECUTIONROLE_OVERRIDE=true\\n'/,
    );
    expect(plan.one("aws:scheduler/schedule:Schedule", "KeepMetrics").target.arn).toMatch(/sqs:setQueueAttributes$/);
  });

  test.runIf(worker === "gpu")("has as many containers as the jobs that wait and run ask for, from one to all and back", () => {
    const alarm = plan.one("aws:cloudwatch/metricAlarm:MetricAlarm", "JobsThere");
    expect(alarm).toMatchObject({ threshold: 0, comparisonOperator: "GreaterThanThreshold", evaluationPeriods: 1 });
    expect(alarm.metricQueries.map(metricOf)).toEqual([
      ["waiting", "ApproximateNumberOfMessagesVisible", "Maximum"],
      ["running", "ApproximateNumberOfMessagesNotVisible", "Maximum"],
      ["seconds", "JobSeconds", "Average"],
      ["work", "(waiting + running) * FILL(seconds, 10)"],
    ]);
    expect(configurationOf("WorkerLoad")).toMatchObject({
      adjustmentType: "ExactCapacity",
      stepAdjustments: [
        { metricIntervalLowerBound: "0", metricIntervalUpperBound: "60", scalingAdjustment: 1 },
        { metricIntervalLowerBound: "60", scalingAdjustment: 2 },
      ],
    });
  });

  test.runIf(worker === "gpu")("has no container after ten minutes in which nothing was there to do, nor was sent", () => {
    const alarm = plan.one("aws:cloudwatch/metricAlarm:MetricAlarm", "JobsNone");
    expect(alarm).toMatchObject({ threshold: 0, comparisonOperator: "LessThanOrEqualToThreshold", evaluationPeriods: 10 });
    // Where there is no container it takes nothing away, and so not back what the API has started.
    expect(alarm.metricQueries.map(metricOf)).toEqual([
      ["waiting", "ApproximateNumberOfMessagesVisible", "Maximum"],
      ["running", "ApproximateNumberOfMessagesNotVisible", "Maximum"],
      ["sent", "NumberOfMessagesSent", "Sum"],
      ["containers", "CPUUtilization", "SampleCount"],
      ["idle", "IF(FILL(containers, 0) > 0, waiting + running + sent, 1)"],
    ]);
    expect(alarm.metricQueries[3].metric.dimensions).toEqual({
      ClusterName: "vitcx-test-gpu",
      ServiceName: expect.stringMatching(/^WorkerService-/),
    });
    expect(configurationOf("WorkerNone")).toMatchObject({
      adjustmentType: "ExactCapacity",
      stepAdjustments: [{ metricIntervalUpperBound: "0", scalingAdjustment: 0 }],
    });
  });

  test.runIf(worker === "gpu")("tells of a worker that does without its GPU", () => {
    const { pattern, metricTransformation, logGroupName } = plan.one(
      "aws:cloudwatch/logMetricFilter:LogMetricFilter",
      "WorkersWithoutGpu",
    );
    expect([pattern, logGroupName]).toEqual([`"${NO_GPU}"`, "/vitcx/test/worker"]);
    const [container] = JSON.parse(plan.one("aws:ecs/taskDefinition:TaskDefinition", "WorkerTask").containerDefinitions);
    expect(container.logConfiguration.options["awslogs-group"]).toBe(logGroupName);
    const { namespace, metricName } = plan.one("aws:cloudwatch/metricAlarm:MetricAlarm", "NoGpu");
    expect({ namespace, name: metricName, value: "1" }).toEqual(metricTransformation);
  });

  const configurationOf = (policy: string) => plan.one("aws:appautoscaling/policy:Policy", policy).stepScalingPolicyConfiguration;
  const metricOf = ({ id, metric, expression }: any): string[] =>
    metric ? [id, metric.metricName, metric.stat] : [id, expression];
});

describe.skipIf(!platform)("a stage with the cpu worker that an account may have later", () => {
  test.each([
    [{}, "x86_64", "linux/amd64"],
    [{ cpuArchitecture: "arm64" }, "arm64", "linux/arm64"],
  ])("%j has its image built for its processors", { timeout: 120_000 }, async (settings, architecture, platforms) => {
    const plan = await evaluate({ settings });
    expect(plan.one("aws:lambda/function:Function", "Worker").architectures).toEqual([architecture]);
    expect(plan.one("docker-build:index:Image", "WorkerImage").platforms).toEqual([platforms]);
    expect(overLimits(plan)).toEqual([]);
  });

  test("has the threads that its memory gives", async () => {
    const plan = await evaluate({ settings: { cpuMemoryMb: 7076, cpuTasks: 50, apiConcurrency: 100 } });
    const { memorySize, environment } = plan.one("aws:lambda/function:Function", "Worker");
    expect([memorySize, variablesOf(environment)["VITCX_THREADS"]]).toEqual([7076, "4"]);
    expect(plan.one("aws:lambda/eventSourceMapping:EventSourceMapping", "WorkerJobs").scalingConfig).toEqual({
      maximumConcurrency: 50,
    });
    expect(plan.one("aws:lambda/function:Function", "ApiFunction").reservedConcurrentExecutions).toBe(100);
    expect(plan.one("aws:cloudwatch/metricAlarm:MetricAlarm", "ApiBusy").threshold).toBe(80);
  }, 120_000);
});

describe.skipIf(!platform)("a stage with a domain and a budget", () => {
  test("is reached there and tells its URLs, its page may send images, and somebody hears of its cost", async () => {
    const plan = await evaluate({ settings: { domain: "maps.example.org", monthlyBudget: 50, alarmEmail: "ops@example.org" } });
    const { environment } = plan.one("aws:lambda/function:Function", "ApiFunction");
    expect(variablesOf(environment)["VITCX_PUBLIC_URL"]).toBe("https://maps.example.org");
    const { corsRules } = plan.one("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration", "StoreUploads");
    expect(corsRules[0].allowedOrigins).toEqual(["https://maps.example.org"]);
    const distribution = plan.one("aws:cloudfront/distribution:Distribution", "RouterCdnDistribution");
    expect(distribution.aliases).toEqual(["maps.example.org"]);
    expect(
      plan
        .all("aws:route53/record:Record")
        .map(({ inputs }): string => inputs.type)
        .toSorted(),
    ).toEqual(["A", "AAAA", "CNAME"]);
    const budget = plan.one("aws:budgets/budget:Budget", "Budget");
    expect(budget).toMatchObject({ limitAmount: "50", costFilters: [{ name: "TagKeyValue", values: ["user:sst:stage$test"] }] });
    const topics = budget.notifications.flatMap((each: any) => each.subscriberSnsTopicArns);
    expect(topics).toEqual(Array.from({ length: 2 }, () => expect.stringMatching(/^arn:aws:sns:.*:Alarms-\w+$/)));
    for (const [name, check] of Object.entries(checks)) {
      if (!name.endsWith("no other origin's")) check(plan);
    }
  }, 120_000);
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
    const plan = await evaluate({ stage: "production" });
    expect(plan.app).toMatchObject({ removal: "retain", protect: true });
    expect(plan.one("aws:s3/bucket:Bucket", "StoreBucket").forceDestroy).toBe(false);
  }, 120_000);
});

const uploading = "pages may put images into the bucket, and no other origin's";
const noOther = "nobody has another policy";
const admin = '["arn:aws:iam::aws:policy/AdministratorAccess"]';
const open = `'{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}]}'`;

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
    ["values: listed.map((prefix) => `${prefix}/*`)", 'values: ["*"]', "infra/storage.ts", "lists are limited to a prefix"],
    [
      'statistic: "Sum", period: 300',
      'statistic: "Sum", period: 3600',
      "infra/alarms.ts",
      "somebody hears of an API that fails or is throttled",
    ],
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
    ['iam.Role("WorkerRole", {', `iam.Role("WorkerRole", { managedPolicyArns: ${admin},`, "infra/worker-gpu.ts", noOther],
    [", managedPolicyArns: []", "", "infra/api.ts", noOther],
    [
      "const topic =",
      `new aws.iam.RolePolicyAttachment("A", { role: "vitcx", policyArn: ${admin}[0] }); const topic =`,
      "infra/alarms.ts",
      noOther,
    ],
    [
      "const queue =",
      `new aws.sqs.QueuePolicy("Open", { queueUrl: dead.url, policy: ${open} }); const queue =`,
      "infra/storage.ts",
      noOther,
    ],
    ["receiveWaitTimeSeconds: 20", `receiveWaitTimeSeconds: 20, policy: ${open}`, "infra/storage.ts", noOther],
    [
      'store, ["explanations"]',
      'store, ["explanations", "history"]',
      "infra/storage.ts",
      "workers read and write explanations, and nothing else in the bucket",
    ],
    [
      "minify: true",
      'minify: true, esbuild: { external: ["@aws-sdk/client-ecs"] }',
      "infra/api.ts",
      "the API is the one bundle that the tests run",
    ],
    ['VITCX_KEYS: "store"', 'VITCX_KEYS: "environment"', "infra/api.ts", "the API is told where everything is, and has keys"],
    [
      'actions: ["s3:GetObject"], resources',
      'actions: ["s3:GetObject", "s3:PutObject"], resources',
      "infra/api.ts",
      "nobody but who has access to the bucket makes keys",
    ],
  ])(
    "%s → %s",
    async (right, wrong, file, name) => {
      await Promise.all(DEPLOYMENT.map((path) => cp(path, join(folder, path), { recursive: true })));
      const text = await readFile(file, "utf8");
      expect(text).toContain(right);
      await writeFile(join(folder, file), text.replace(right, wrong));
      const plan = await evaluate({ settings: { ...settings, worker: "gpu" }, root: folder });
      expect(() => checks[name]!(plan)).toThrow();
    },
    120_000,
  );
});
