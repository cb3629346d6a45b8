import type { StageOptions } from "./stage.ts";

/** The longest that a worker in Lambda may run; the queue must hold a message for no less. */
export const LAMBDA_MINUTES = 15;

/**
 * How often SQS hands a job out before it takes it for dead by itself. A worker gives up on a job that three workers have died of,
 * and says so in the explanation's log; this is for jobs that never get that far. It counts jobs given back by workers that had
 * to stop, too, so it is well above three.
 */
const MAX_RECEIVES = 10;

/** The bucket, which is all the state there is, and the queue that hands out the work. */
export function storage({ keepDays }: Pick<StageOptions, "keepDays">) {
  const bucket = new sst.aws.Bucket("Store", {
    enforceHttps: true,
    cors: false,
    lifecycle: [
      { id: "explanations", prefix: "explanations/", expiresIn: `${keepDays} days` },
      { id: "history", prefix: "history/", expiresIn: `${keepDays} days` },
      { id: "uploads", prefix: "uploads/", expiresIn: "1 day" },
    ],
    transform: {
      bucket: (args) => {
        args.forceDestroy = $app.stage !== "production";
        return undefined;
      },
    },
  });
  const dead = new sst.aws.Queue("DeadJobs", {
    transform: { queue: { sqsManagedSseEnabled: true, messageRetentionSeconds: 14 * 24 * 3600 } },
  });
  const queue = new sst.aws.Queue("Jobs", {
    visibilityTimeout: `${LAMBDA_MINUTES} minutes`,
    dlq: { queue: dead.arn, retry: MAX_RECEIVES },
    transform: { queue: { sqsManagedSseEnabled: true, receiveWaitTimeSeconds: 20, messageRetentionSeconds: 14 * 24 * 3600 } },
  });
  return { bucket, queue, dead };
}

export type Storage = ReturnType<typeof storage>;

/** Lets pages of these origins send images to the bucket, where they have a URL for one; and nothing else. */
export function acceptUploads({ bucket }: Storage, origins: $util.Input<string>[]) {
  new aws.s3.BucketCorsConfiguration("StoreUploads", {
    bucket: bucket.name,
    corsRules: [{ allowedMethods: ["PUT"], allowedHeaders: ["content-type"], allowedOrigins: origins, maxAgeSeconds: 3600 }],
  });
}

/** The variables that tell every function where the store and the queue are. */
export function storageVariables({ bucket, queue, dead }: Storage) {
  return { VITCX_BUCKET: bucket.name, VITCX_QUEUE_URL: queue.url, VITCX_DEAD_LETTER_URL: dead.url };
}

/**
 * Whoever reads and writes under these prefixes of the bucket, and lists under `listed`. Without ListBucket, S3 denies what is only absent:
 * a request for an object names no prefix, so the condition is "if exists".
 */
export function storeStatements({ bucket }: Storage, prefixes: string[], listed: string[]) {
  return [
    { actions: ["s3:GetObject", "s3:PutObject"], resources: prefixes.map((prefix) => $interpolate`${bucket.arn}/${prefix}/*`) },
    {
      actions: ["s3:ListBucket"],
      resources: [bucket.arn],
      conditions: [{ test: "StringLikeIfExists", variable: "s3:prefix", values: listed.map((prefix) => `${prefix}/*`) }],
    },
  ];
}

/** Whoever deletes under these prefixes of the bucket. */
export function deleteStatement({ bucket }: Storage, prefixes: string[]) {
  return { actions: ["s3:DeleteObject"], resources: prefixes.map((prefix) => $interpolate`${bucket.arn}/${prefix}/*`) };
}

/** All that a worker may do, besides writing its log. */
export function workerStatements(store: Storage) {
  return [
    ...storeStatements(store, ["explanations"], ["explanations"]),
    {
      actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
      resources: [store.queue.arn],
    },
    { actions: ["sqs:SendMessage"], resources: [store.queue.arn, store.dead.arn] },
  ];
}
