import { readFileSync } from "node:fs";
import { logGroup, writing } from "./logs.ts";
import { manifests } from "./manifests.ts";
import { builtPage } from "./page.ts";
import { roleOf } from "./role.ts";
import type { StageOptions } from "./stage.ts";
import { deleteStatement, type Storage, storageVariables, storeStatements } from "./storage.ts";
import type { GpuWorker } from "./worker-gpu.ts";

/**
 * The API and the page: a Lambda function that streams, behind a Function URL. It stays outside of any VPC, from within which none
 * streams. It starts the first GPU container itself, where there are such workers: the alarm needs a minute or two to.
 */
export function api(store: Storage, options: StageOptions, gpu?: GpuWorker) {
  const { origins, apiConcurrency, domain } = options;
  // Its own domain is CloudFront's, which passes everything on, streams included.
  const router = domain === undefined ? undefined : new sst.aws.Router("Router", { domain });
  const page = builtPage();
  const logs = logGroup("ApiLogs", "api");
  const kept = ["explanations", "history", "uploads"];
  return new sst.aws.Function("Api", {
    handler: "functions/graphql.handler",
    runtime: "nodejs24.x",
    architecture: "arm64",
    memory: "1769 MB", // a whole CPU
    timeout: "2 minutes",
    ...(apiConcurrency > 0 && { concurrency: { reserved: apiConcurrency } }),
    streaming: true,
    // CORS is the application's: one place that knows the headers.
    url: { authorization: "none", cors: false, ...(router && { router: { instance: router, readTimeout: "60 seconds" } }) },
    // The same bundle for every stage, whatever it is told to do.
    nodejs: { minify: true, install: versionsOf("sharp", "@graphql-yoga/render-graphiql") },
    copyFiles: [...manifests(), page].map((from) => ({ from })),
    environment: {
      ...storageVariables(store),
      // Nobody may use it before `vitcx keys add` has put the first key into the bucket.
      VITCX_KEYS: "store",
      ...ownerVariables(options),
      ...(gpu && { VITCX_WORKER_SERVICE: $interpolate`${gpu.cluster.name}/${gpu.service.name}` }),
      // See docs/one-machine.md, Tuning.
      MALLOC_ARENA_MAX: "2",
      VITCX_MODELS: "models",
      VITCX_PAGE: page,
      VITCX_ORIGINS: origins.join(","),
      // Requests are addressed to Lambda's URL, whoever passes them on.
      ...(domain !== undefined && { VITCX_PUBLIC_URL: `https://${domain}` }),
      // Lambda takes 6 MB, and a file in base64 is a third larger. What is larger goes to the bucket.
      VITCX_MAX_IMAGE_MB: "4",
      VITCX_MAX_UPLOAD_MB: "20",
      VITCX_POLL_MS: "500",
      VITCX_STREAM_SECONDS: "60",
    },
    permissions: [
      ...storeStatements(store, [...kept, "owners"], kept),
      // Keys are made by who has access to the bucket: the API only reads them.
      { actions: ["s3:GetObject"], resources: [$interpolate`${store.bucket.arn}/access/*`] },
      deleteStatement(store, kept),
      writing(logs),
      { actions: ["sqs:SendMessage"], resources: [store.queue.arn] },
      ...(gpu ? [{ actions: ["ecs:DescribeServices", "ecs:UpdateService"], resources: [gpu.service.arn] }] : []),
    ],
    logging: { logGroup: logs.name },
    // Without this, every principal of the account may assume the role, and it may write every log of the account.
    transform: { role: { assumeRolePolicy: roleOf("lambda.amazonaws.com"), managedPolicyArns: [] } },
  });
}

/** What every owner may use, and for how long the bucket keeps what they use. */
function ownerVariables({ ownerQueuedPasses, ownerRequestsPerMinute, ownerStoredMb, keepDays }: StageOptions) {
  return {
    VITCX_KEEP_DAYS: String(keepDays),
    ...(ownerQueuedPasses > 0 && { VITCX_OWNER_QUEUED_PASSES: String(ownerQueuedPasses) }),
    ...(ownerRequestsPerMinute > 0 && { VITCX_OWNER_REQUESTS_PER_MINUTE: String(ownerRequestsPerMinute) }),
    ...(ownerStoredMb > 0 && { VITCX_OWNER_STORED_MB: String(ownerStoredMb) }),
  };
}

/** Packages that are installed beside the bundle: one with native code, and one that only the page of GraphiQL needs. */
function versionsOf(...names: string[]): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as { dependencies: Record<string, string> };
  return Object.fromEntries(names.map((name) => [name, dependencies[name]]));
}
