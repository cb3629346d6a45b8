import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasModels, violations } from "./api-model.ts";
import { overLimits } from "./limits.ts";
import { newer, unused } from "./newer-than-models.ts";
import { grantedActions, neededActions, unknownActions } from "./permissions.ts";
import { DEPLOYMENT, evaluate, type Plan } from "./plan.ts";
import { requestsOf } from "./requests.ts";

/** `npm run test:infra` installs it. */
const platform = existsSync(".sst/platform/node_modules");

/** What AWS would answer to a plan, by name; each returns what it would refuse. */
const refusals: Record<string, (plan: Plan) => Promise<readonly string[]>> = {
  "AWS's API models": async (plan) =>
    plan.resources.flatMap((resource) => {
      const requests = requestsOf(resource);
      if (requests === undefined) return [`${resource.type} has no entry in requests.ts`];
      const found = requests.flatMap(({ service, operation, input }) => violations(service, operation, input));
      return found.map((violation) => `${resource.name}: ${violation}`);
    }),
  "quotas and rules": async (plan) => overLimits(plan),
  "IAM, where an action is called": async (plan) => {
    const isGpu = plan.all("aws:ecs/service:Service").length > 0;
    const worker = isGpu ? "functions/worker.ts" : "functions/worker-lambda.ts";
    const [api, work] = await Promise.all([neededActions("functions/graphql.ts"), neededActions(worker)]);
    return [
      ...unknownActions(plan).map((action) => `${action} is no action`),
      ...difference("ApiRole", api, grantedActions(plan, "ApiRole"), isGpu),
      ...difference("WorkerRole", work, grantedActions(plan, "WorkerRole"), isGpu),
    ];
  },
  "nothing, for all values are known": async (plan) =>
    plan.resources
      // The code of SST's own providers is a text.
      .filter(({ type }) => type !== "pulumi-nodejs:dynamic:Resource")
      .filter(({ inputs }) => /"[^"]*\b(undefined|\[object Object\])\b/.test(JSON.stringify(inputs)))
      .map(({ name }) => name),
};

/** Commands in the bundle that a role has no use for, for the code that calls them is another's. */
const notCalled: Record<string, readonly string[]> = {
  // A queue is one adapter: the API sends, workers receive.
  ApiRole: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
  // A worker wakes no service, and deletes nothing.
  WorkerRole: ["ecs:DescribeServices", "ecs:UpdateService", "s3:DeleteObject"],
};

/** Actions that no command of the code names, and who takes them. */
const others: Record<string, string> = {
  "logs:CreateLogStream": "Lambda's runtime and ECS's log driver",
  "logs:PutLogEvents": "Lambda's runtime and ECS's log driver",
  "sqs:GetQueueAttributes": "Lambda's event source",
  "ecs:GetTaskProtection": "ECS's agent, on behalf of the task",
  "ecs:UpdateTaskProtection": "ECS's agent, on behalf of the task",
};

function difference(role: string, needed: ReadonlySet<string>, granted: ReadonlySet<string>, isGpu: boolean): string[] {
  const idle = [...notCalled[role]!, ...(isGpu ? [] : ["ecs:DescribeServices", "ecs:UpdateService"])];
  const missing = [...needed].filter((action) => !granted.has(action) && !idle.includes(action));
  const spare = [...granted].filter((action) => !needed.has(action) && others[action] === undefined);
  return [
    ...missing.map((action) => `${role} may not ${action}`),
    ...spare.map((action) => `${role} may ${action}, and calls it nowhere`),
  ];
}

const settings = { origins: ["https://a.example"] };

test.skipIf(hasModels)("AWS's API models are looked at: install python3-botocore", () => undefined);

describe.skipIf(!platform || !hasModels)("AWS refuses nothing of a stage", () => {
  describe.each([
    ["the cpu worker", { worker: "cpu" }],
    ["the gpu worker", { worker: "gpu" }],
    ["a domain and a budget", { worker: "cpu", domain: "maps.example.org", monthlyBudget: 50, alarmEmail: "ops@example.org" }],
  ])("with %s", (_, given) => {
    let plan: Plan;
    beforeAll(async () => {
      plan = await evaluate({ settings: { ...settings, ...given } });
    }, 120_000);
    for (const [name, refused] of Object.entries(refusals)) {
      test(`by ${name}`, async () => expect(await refused(plan)).toEqual([]));
    }
  });

  test("and what is newer than the models is needed, and has a page of AWS's documentation", () => {
    expect(unused()).toEqual([]);
    for (const { page } of newer) expect(page).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/.+/);
  });
});

const models = "AWS's API models";
const quotas = "quotas and rules";
const iam = "IAM, where an action is called";

describe.skipIf(!platform || !hasModels)("AWS refuses", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "vitcx-border-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const edited = async (right: string, wrong: string, file: string, worker: string) => {
    await Promise.all(DEPLOYMENT.map((path) => cp(path, join(folder, path), { recursive: true })));
    const text = await readFile(file, "utf8");
    expect(text).toContain(right);
    await writeFile(join(folder, file), text.replace(right, wrong));
    const more = worker === "domain" ? { domain: "maps.example.org", monthlyBudget: 50 } : { worker };
    return evaluate({ settings: { ...settings, ...more }, root: folder });
  };

  const ecrName = "name: `${$app.name}-${$app.stage}-worker`.toLowerCase(),";

  test.each([
    ['timeUnit: "MONTHLY"', 'timeUnit: "MONTH"', "infra/alarms.ts", "domain", models, /TimeUnit: expected one of .*, got MONTH/],
    [
      'notification("FORECASTED")',
      'notification("FORECAST")',
      "infra/alarms.ts",
      "domain",
      models,
      /NotificationType: expected one of .*, got FORECAST/,
    ],
    [ecrName, "", "infra/image.ts", "cpu", models, /CreateRepository.repositoryName: "WorkerImages-[0-9a-f]{7}" does not match/],
    [".toLowerCase()", ".toUpperCase()", "infra/image.ts", "gpu", models, /"VITCX-TEST-WORKER" does not match/],
    [
      "const { digest }",
      "const { ref: digest }",
      "infra/image.ts",
      "cpu",
      quotas,
      /expected repository@digest, got .*:lambda@sha256/,
    ],
    [
      "${repository.repositoryUrl}@${digest}",
      "${repository.repositoryUrl}:gpu@${digest}",
      "infra/image.ts",
      "gpu",
      quotas,
      /repository@digest/,
    ],
    [
      'runtime: "nodejs24.x"',
      'runtime: "nodejs26.x"',
      "infra/api.ts",
      "cpu",
      models,
      /CreateFunction.Runtime: .* got nodejs26.x/,
    ],
    ["architectures: [cpuArchitecture]", 'architectures: ["arm64"]', "infra/worker-cpu.ts", "cpu", quotas, /for the processors/],
    ["platforms: [platform]", 'platforms: ["linux/arm64"]', "infra/image.ts", "cpu", quotas, /for the processors/],
    ["maximumConcurrency: cpuTasks", "maximumConcurrency: 1", "infra/worker-cpu.ts", "cpu", quotas, /executions at a time/],
    ["VITCX_PAGE: page", 'VITCX_PAGE: page, FILLER: "x".repeat(4000)', "infra/api.ts", "cpu", quotas, /environment variables/],
    ['VITCX_MAX_IMAGE_MB: "4"', 'VITCX_MAX_IMAGE_MB: "5"', "infra/api.ts", "cpu", quotas, /bytes of the largest request/],
    ["timeout: LAMBDA_MINUTES * 60", "timeout: LAMBDA_MINUTES * 61", "infra/worker-cpu.ts", "cpu", quotas, /Worker: seconds/],
    [
      "visibilityTimeout: `${LAMBDA_MINUTES} minutes`",
      'visibilityTimeout: "5 minutes"',
      "infra/storage.ts",
      "cpu",
      quotas,
      /the function's seconds/,
    ],
    ["receiveWaitTimeSeconds: 20", "receiveWaitTimeSeconds: 30", "infra/storage.ts", "cpu", quotas, /long polling/],
    ["stopTimeout: 120", "stopTimeout: 180", "infra/worker-gpu.ts", "gpu", quotas, /seconds to stop/],
    ["retentionInDays: 30", "retentionInDays: 30, name: `#{$app.name}`", "infra/logs.ts", "cpu", models, /logGroupName/],
    ['"sqs:DeleteMessage", ', "", "infra/storage.ts", "cpu", iam, /WorkerRole may not sqs:DeleteMessage/],
    ['"sqs:ReceiveMessage"', '"sqs:RecieveMessage"', "infra/storage.ts", "cpu", iam, /sqs:RecieveMessage is no action/],
    ['"ecs:DescribeServices", ', "", "infra/api.ts", "gpu", iam, /ApiRole may not ecs:DescribeServices/],
    [
      '["s3:GetObject", ',
      '["s3:GetObjectAcl", "s3:GetObject", ',
      "infra/storage.ts",
      "cpu",
      iam,
      /may s3:GetObjectAcl, and calls it nowhere/,
    ],
  ])("%s → %s", { timeout: 120_000 }, async (right, wrong, file, worker, by, complaint) => {
    const refused = await refusals[by]!(await edited(right, wrong, file, worker));
    expect(refused.join("\n")).toMatch(complaint);
  });

  // These the provider refuses before AWS does.
  test.each([
    [
      'resolve("functions/worker.Dockerfile")',
      '"functions/worker.Dockerfile"',
      /docker-build: open .*\.sst\/platform\/functions\/worker\.Dockerfile/,
    ],
    ['location: resolve(".")', 'location: "."', /docker-build: open .*\.sst\/platform\/\.npmrc/],
  ])("%s → %s", { timeout: 120_000 }, async (right, wrong, complaint) => {
    await expect(edited(right, wrong, "infra/image.ts", "cpu")).rejects.toThrow(complaint);
  });

  test("an image for Lambda that Docker would attest", { timeout: 120_000 }, async () => {
    const attesting = evaluate({ settings, environment: { BUILDX_NO_DEFAULT_ATTESTATIONS: "" } });
    await expect(attesting).rejects.toThrow("Run: export BUILDX_NO_DEFAULT_ATTESTATIONS=1");
  });
});
