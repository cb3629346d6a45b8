import { workerImage } from "./image.ts";
import { policyOf, roleOf } from "./role.ts";
import { LAMBDA_MINUTES, type Storage, storageVariables, workerStatements } from "./storage.ts";

/** Images explained at the same time. */
const CONCURRENCY = 10;

/** The worker as a Lambda function that the queue feeds, one job at a time: no GPU, and no quota for one. */
export function cpuWorker(store: Storage) {
  const role = new aws.iam.Role("WorkerRole", {
    assumeRolePolicy: roleOf("lambda.amazonaws.com"),
    managedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
    inlinePolicies: policyOf(workerStatements(store)),
  });
  const worker = new aws.lambda.Function("Worker", {
    packageType: "Image",
    imageUri: workerImage("lambda"),
    role: role.arn,
    architectures: ["x86_64"],
    memorySize: 7076, // four CPUs
    timeout: LAMBDA_MINUTES * 60,
    environment: { variables: { ...storageVariables(store), VITCX_LEASE_SECONDS: "60", VITCX_THREADS: "4" } },
  });
  new aws.lambda.EventSourceMapping("WorkerJobs", {
    eventSourceArn: store.queue.arn,
    functionName: worker.arn,
    batchSize: 1,
    functionResponseTypes: ["ReportBatchItemFailures"],
    scalingConfig: { maximumConcurrency: CONCURRENCY },
  });
}
