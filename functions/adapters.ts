import type { Desk } from "../lib/explanation/desk.ts";
import type { JobQueue } from "../lib/queue/job-queue.ts";
import type { SqsQueue } from "../lib/queue/sqs.ts";
import { readCatalog } from "../lib/vit/catalog.ts";
import type { Config } from "./config.ts";

/** The one place that names adapters: the store and the queue that the configuration asks for, and the models. */
export async function openDesk(config: Config): Promise<Desk> {
  const [store, queue, catalog] = await Promise.all([openStore(config), openQueue(config), readCatalog(config.VITCX_MODELS)]);
  return { store, queue, catalog };
}

/** Each adapter is loaded where it is wanted: one machine needs no AWS, and Lambda no file locks. */
async function openStore({
  VITCX_BUCKET: bucket,
  VITCX_DATA,
  VITCX_S3_ENDPOINT: endpoint,
  VITCX_S3_PATH_STYLE: pathStyle,
}: Config) {
  if (bucket !== undefined) return (await import("../lib/storage/s3.ts")).s3Store({ bucket, endpoint, pathStyle });
  const { filesystemStore } = await import("../lib/storage/filesystem-store.ts");
  return filesystemStore(`${VITCX_DATA}/store`);
}

async function openQueue(config: Config): Promise<JobQueue> {
  if (config.VITCX_QUEUE_URL !== undefined) return openSqs(config);
  const { filesystemQueue } = await import("../lib/queue/filesystem-queue.ts");
  return filesystemQueue(`${config.VITCX_DATA}/queue`, { leaseMs: config.VITCX_LEASE_SECONDS * 1000 });
}

/** The queue as SQS has it, for a worker that Lambda feeds. */
export async function openSqs({ VITCX_QUEUE_URL, VITCX_DEAD_LETTER_URL, VITCX_LEASE_SECONDS }: Config): Promise<SqsQueue> {
  if (!VITCX_QUEUE_URL || !VITCX_DEAD_LETTER_URL) throw new Error("Expected VITCX_QUEUE_URL and VITCX_DEAD_LETTER_URL to be set");
  const { sqsQueue } = await import("../lib/queue/sqs.ts");
  return sqsQueue({ url: VITCX_QUEUE_URL, deadLetterUrl: VITCX_DEAD_LETTER_URL, leaseMs: VITCX_LEASE_SECONDS * 1000 });
}
