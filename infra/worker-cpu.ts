import { workerImage } from "./image.ts";
import { logGroup, namespace, writing } from "./logs.ts";
import { policyOf, roleOf } from "./role.ts";
import type { StageOptions } from "./stage.ts";
import { LAMBDA_MINUTES, type Storage, storageVariables, workerStatements } from "./storage.ts";

/** Lambda gives a function CPUs by its memory. */
const MB_PER_CPU = 1769;

/** The worker as a Lambda function that the queue feeds, one job at a time: no GPU, and no quota for one. */
export function cpuWorker(
  store: Storage,
  { cpuMemoryMb, cpuTasks, cpuArchitecture }: Pick<StageOptions, "cpuMemoryMb" | "cpuTasks" | "cpuArchitecture">,
) {
  const logs = logGroup("WorkerLogs", "worker");
  const role = new aws.iam.Role("WorkerRole", {
    assumeRolePolicy: roleOf("lambda.amazonaws.com"),
    inlinePolicies: policyOf([...workerStatements(store), writing(logs)]),
  });
  const worker = new aws.lambda.Function("Worker", {
    packageType: "Image",
    imageUri: workerImage("lambda", cpuArchitecture === "arm64" ? "linux/arm64" : "linux/amd64").uri,
    role: role.arn,
    architectures: [cpuArchitecture],
    memorySize: cpuMemoryMb,
    timeout: LAMBDA_MINUTES * 60,
    loggingConfig: { logFormat: "Text", logGroup: logs.name },
    environment: {
      variables: {
        ...storageVariables(store),
        VITCX_LEASE_SECONDS: "60",
        VITCX_METRICS: namespace(),
        VITCX_THREADS: String(Math.ceil(cpuMemoryMb / MB_PER_CPU)),
        // The rest is for the process, the picture and the passes.
        VITCX_MODEL_MEMORY_MB: String(Math.floor(cpuMemoryMb / 2)),
      },
    },
  });
  new aws.lambda.EventSourceMapping("WorkerJobs", {
    eventSourceArn: store.queue.arn,
    functionName: worker.arn,
    batchSize: 1,
    functionResponseTypes: ["ReportBatchItemFailures"],
    scalingConfig: { maximumConcurrency: cpuTasks },
  });
}
