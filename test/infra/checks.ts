import { existsSync } from "node:fs";
import { expect } from "vitest";
import { besideApi } from "../lambda/bundle.ts";
import { type Plan, type Statement, statementsByRole } from "./plan.ts";

/** What has to hold of every stage, by name; each throws where it does not. */
export const checks: Record<string, (plan: Plan) => void> = {
  "the API streams": (plan) => {
    expect(plan.one("aws:lambda/functionUrl:FunctionUrl", "ApiUrl").invokeMode).toBe("RESPONSE_STREAM");
    const { timeout, environment, runtime } = plan.one("aws:lambda/function:Function", "ApiFunction");
    expect(runtime).toBe("nodejs24.x");
    expect(timeout).toBeGreaterThan(Number(variablesOf(environment)["VITCX_STREAM_SECONDS"]) + 5);
  },
  "the API is told where everything is, and has keys": (plan) => {
    const { environment } = plan.one("aws:lambda/function:Function", "ApiFunction");
    const variables = variablesOf(environment);
    expect(variables["VITCX_BUCKET"]).toMatch(/^vitcx-\w+-storebucket-/);
    expect(variables["VITCX_QUEUE_URL"]).toMatch(/-JobsQueue-/);
    expect(variables["VITCX_DEAD_LETTER_URL"]).toMatch(/-DeadJobsQueue-/);
    // Without keys everybody may use the API.
    expect(variables["VITCX_KEYS"]).toBe("store");
    expect(variables["VITCX_KEEP_DAYS"]).toBe("90");
    const { copyFiles } = plan.calls.find(({ method }) => method === "Runtime.Build")!.params;
    expect(copyFiles).toMatchObject([
      { to: "models/emoji-vit/manifest.json", isDir: false },
      { to: variables["VITCX_PAGE"], isDir: true },
    ]);
    expect(plan.npm).toEqual(["run --silent web:build"]);
    expect(existsSync(`${copyFiles[1].from}/index.html`)).toBe(true);
  },
  "the API is the one bundle that the tests run": (plan) => {
    const { properties, runtime } = plan.calls.find(({ method }) => method === "Runtime.Build")!.params;
    const version = expect.stringMatching(/^\^\d/);
    const install = Object.fromEntries(besideApi.map((name) => [name, version]));
    expect([runtime, properties]).toEqual(["nodejs24.x", { minify: true, install, architecture: "arm64" }]);
  },
  "pages may put images into the bucket, and no other origin's": (plan) => {
    const { corsRules } = plan.one("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration", "StoreUploads");
    expect(corsRules).toEqual([
      {
        allowedMethods: ["PUT"],
        allowedHeaders: ["content-type"],
        allowedOrigins: ["https://apiurl.lambda-url.eu-central-1.on.aws", "https://a.example"],
        maxAgeSeconds: expect.any(Number),
      },
    ]);
    expect(plan.all("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration")).toHaveLength(1);
  },
  "a job that nobody rejects ends with the dead letters": (plan) => {
    const { redrivePolicy, visibilityTimeoutSeconds } = plan.one("aws:sqs/queue:Queue", "JobsQueue");
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(redrivePolicy ?? "{}");
    expect(deadLetterTargetArn).toMatch(/-DeadJobsQueue-/);
    expect(maxReceiveCount).toBeGreaterThan(3);
    expect(visibilityTimeoutSeconds).toBeGreaterThanOrEqual(900);
  },
  "queues are encrypted": (plan) => {
    for (const { inputs } of plan.all("aws:sqs/queue:Queue")) expect(inputs.sqsManagedSseEnabled).toBe(true);
  },
  "the bucket is nobody else's": (plan) => {
    expect(plan.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "StorePublicAccessBlock")).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const { Statement: statements } = JSON.parse(plan.one("aws:s3/bucketPolicy:BucketPolicy", "StorePolicy").policy);
    expect(statements).toEqual([expect.objectContaining({ Effect: "Deny", Action: ["s3:*"] })]);
    expect(JSON.stringify(statements[0].Condition)).toContain("aws:SecureTransport");
  },
  "what expires does": (plan) => {
    const { rules } = plan.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "StoreLifecycle");
    const days = rules.map((rule: any) => [rule.filter.prefix, rule.expiration.days, rule.status]);
    expect(days).toEqual([
      ["explanations/", 90, "Enabled"],
      ["history/", 90, "Enabled"],
      ["uploads/", 1, "Enabled"],
    ]);
  },
  "policies name exact actions on this stage's resources": (plan) => {
    const roles = statementsByRole(plan);
    expect(roles.find(({ role }) => role === "ApiRole")?.statements.length).toBeGreaterThan(2);
    expect(roles.find(({ role }) => role === "WorkerRole")?.statements.length).toBeGreaterThan(3);
    for (const { role, statements } of roles) {
      for (const { Action, Resource, Effect } of statements) {
        expect(Effect, role).toBe("Allow");
        for (const action of Action) expect(action, role).not.toContain("*");
        for (const resource of Resource) {
          if (resource === "*") expect(anywhere).toContainEqual([role, ...Action]);
          else expect(resource, role).toMatch(ownResource);
        }
      }
    }
  },
  "nobody but who has access to the bucket makes keys": (plan) => {
    for (const { role, statements } of statementsByRole(plan)) {
      for (const { Action, Resource } of statements) {
        if (Resource.some((resource) => resource.includes("/access/")))
          expect([role, Action]).toEqual(["ApiRole", ["s3:GetObject"]]);
      }
    }
  },
  "lists are limited to a prefix": (plan) => {
    const lists = statementsByRole(plan).flatMap(({ role, statements }) =>
      statements.filter(({ Action }) => Action.includes("s3:ListBucket")).map(({ Condition }) => [role, Condition]),
    );
    const under = (...prefixes: string[]) => ({ StringLikeIfExists: { "s3:prefix": prefixes.map((prefix) => `${prefix}/*`) } });
    expect(Object.fromEntries(lists)).toEqual({
      ApiRole: under("explanations", "history", "uploads"),
      WorkerRole: under("explanations"),
    });
  },
  "somebody hears of an API that fails or is throttled": (plan) => {
    for (const [name, metricName] of [
      ["ApiFails", "Errors"],
      ["ApiThrottled", "Throttles"],
    ]) {
      const alarm = plan.one("aws:cloudwatch/metricAlarm:MetricAlarm", name!);
      expect(alarm).toMatchObject({ metricName, statistic: "Sum", period: 300, threshold: 5 });
      expect(alarm.dimensions.FunctionName).toMatch(/^vitcx-test-ApiFunction-/);
      expect(alarm.alarmActions).toEqual([expect.stringMatching(/^arn:aws:sns:.*:Alarms-\w+$/)]);
    }
  },
  "there is one page on which to see it all": (plan) => {
    const { dashboardBody } = plan.one("aws:cloudwatch/dashboard:Dashboard", "Dashboard");
    const { widgets } = JSON.parse(dashboardBody);
    const metrics = widgets.flatMap(({ properties }: any) =>
      properties.metrics.map(([space, name]: string[]) => `${space} ${name}`),
    );
    expect(metrics).toEqual(
      expect.arrayContaining([
        "AWS/Lambda Errors",
        "AWS/Lambda Throttles",
        "AWS/SQS ApproximateAgeOfOldestMessage",
        "vitcx/test JobSeconds",
      ]),
    );
  },
  "nobody has another policy": (plan) => {
    for (const { name, inputs } of plan.all("aws:iam/role:Role")) {
      expect([name, inputs.managedPolicyArns ?? []]).toEqual([name, []]);
      expect(inputs.inlinePolicies, name).toHaveLength(1);
    }
    const isGpu = plan.all("aws:ecs/service:Service").length > 0;
    const granting = plan.resources.filter(({ type }) => /^aws:.*(polic|attachment|permission)/i.test(type));
    const withDomain = plan.all("aws:cloudfront/distribution:Distribution").length > 0;
    expect(granting.map(({ type, name }) => `${type.split(":")[1]} ${name}`).sort()).toEqual([
      ...(isGpu ? ["appautoscaling/policy WorkerLoad", "appautoscaling/policy WorkerNone"] : []),
      // How CloudFront keeps answers: a policy by name alone.
      ...(withDomain ? ["cloudfront/cachePolicy RouterServerCachePolicy"] : []),
      "ecr/lifecyclePolicy WorkerImagesKept",
      ...(withDomain ? [] : ["lambda/permission ApiInvokeFunction"]),
      "lambda/permission ApiPublicFunctionUrlAccess",
      ...(withDomain ? ["lambda/permission ApiPublicInvokeFunction"] : []),
      "s3/bucketPolicy StorePolicy",
      ...(plan.all("aws:budgets/budget:Budget").length > 0 ? ["sns/topicPolicy AlarmsPolicy"] : []),
    ]);
    for (const { name, inputs } of plan.all("aws:lambda/permission:Permission")) {
      expect(inputs.functionUrlAuthType === "NONE" || inputs.invokedViaFunctionUrl, name).toBe(true);
    }
    // Some resources take a policy as an input.
    const taking = plan.resources.filter(({ type, inputs }) => inputs.policy !== undefined && !/polic/i.test(type));
    expect(taking).toEqual([]);
  },
  "workers read and write explanations, and nothing else in the bucket": (plan) => {
    const { statements } = statementsByRole(plan).find(({ role }) => role === "WorkerRole")!;
    const objects = statements.filter(({ Action }) => Action.includes("s3:PutObject") || Action.includes("s3:GetObject"));
    expect(objects.flatMap(({ Resource }) => Resource)).toEqual([expect.stringMatching(/-storebucket-\w+\/explanations\/\*$/)]);
  },
  "the API can queue jobs but neither take nor lose them, and nobody else can delete what is stored": (plan) => {
    const actions = (name: string) =>
      statementsByRole(plan)
        .filter(({ role }) => role === name)
        .flatMap(({ statements }) => statements.flatMap(({ Action }: Statement) => Action));
    expect(actions("ApiRole").filter((action) => action.startsWith("sqs:"))).toEqual(["sqs:SendMessage"]);
    expect(actions("ApiRole")).toContain("s3:DeleteObject");
    expect(actions("WorkerRole")).not.toContain("s3:DeleteObject");
  },
  "the API can start the GPU workers where there are any, and nobody else can": (plan) => {
    const variables = variablesOf(plan.one("aws:lambda/function:Function", "ApiFunction").environment);
    const isGpu = plan.all("aws:ecs/service:Service").length > 0;
    expect(variables["VITCX_WORKER_SERVICE"]).toEqual(
      isGpu ? expect.stringMatching(/^vitcx-test-gpu\/WorkerService-/) : undefined,
    );
    const ecs = statementsByRole(plan).flatMap(({ role, statements }) =>
      statements.flatMap(({ Action, Resource }) =>
        Action.filter((a) => /^ecs:.*(Service|\*)/.test(a)).map((a) => [role, a, ...Resource]),
      ),
    );
    const service = expect.stringMatching(/^arn:aws:ecs:.*:service\/vitcx-test-gpu\/WorkerService-\w+$/);
    const expected = ["ecs:DescribeServices", "ecs:UpdateService"].map((action) => ["ApiRole", action, service]);
    expect(ecs).toEqual(isGpu ? expected : []);
  },
  "one service may assume each role": (plan) => {
    for (const { name, inputs } of plan.all("aws:iam/role:Role")) {
      const given = inputs.assumeRolePolicy;
      const { Statement: statements } = typeof given === "string" ? JSON.parse(given) : given;
      expect(statements, name).toHaveLength(1);
      expect(statements[0].Principal.Service, name).toMatch(/^[a-z0-9-]+\.amazonaws\.com$/);
    }
  },
  "somebody hears of dead jobs and of old ones": (plan) => {
    const alarm = (name: string) => plan.one("aws:cloudwatch/metricAlarm:MetricAlarm", name);
    expect(alarm("JobsDied").dimensions.QueueName).toMatch(/-DeadJobsQueue-/);
    expect(alarm("JobsWaitLong")).toMatchObject({ metricName: "ApproximateAgeOfOldestMessage", threshold: 900 });
    const all = ["JobsDied", "JobsWaitLong", ...(plan.all("aws:ecs/service:Service").length > 0 ? ["NoGpu"] : [])];
    for (const name of all)
      expect(alarm(name).alarmActions, name).toEqual([expect.stringMatching(/^arn:aws:sns:.*:Alarms-\w+$/)]);
  },
};

/** What AWS lets be limited to no resource. */
const anywhere = [
  ["GpuInstanceRole", "ecs:DiscoverPollEndpoint"],
  ["WorkerExecutionRole", "ecr:GetAuthorizationToken"],
];

/** The bucket and what is in it, the queues, the logs, the worker's image, the service of GPU workers and its cluster. */
const ownResource = new RegExp(
  [
    String.raw`^arn:aws:(s3:::|sqs:[\w-]+:\d+:)vitcx-test-(storebucket|JobsQueue|DeadJobsQueue)-\w+(/(explanations|history|uploads|owners|access)/\*)?$`,
    String.raw`^arn:aws:logs:[\w-]+:\d+:log-group:/vitcx/test/(api|worker):\*$`,
    String.raw`^arn:aws:ecr:[\w-]+:\d+:repository/vitcx-test-worker$`,
    String.raw`^arn:aws:ecs:[\w-]+:\d+:(service/vitcx-test-gpu/WorkerService-\w+|cluster/vitcx-test-gpu|(task|container-instance)/vitcx-test-gpu/\*)$`,
  ].join("|"),
);

/** Pulumi marks a value that holds a secret. */
export function variablesOf(environment: any): Record<string, string> {
  return (environment.value ?? environment).variables;
}
