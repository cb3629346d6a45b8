import type { Deps } from "../lib/explanation/deps.ts";
import { ResultCache } from "../lib/explanation/results/result-cache.ts";
import type { JobQueue } from "../lib/queue/job-queue.ts";
import type { SqsQueue } from "../lib/queue/sqs.ts";
import type { PathSigner } from "../lib/storage/signed-path.ts";
import { readCatalog } from "../lib/vit/catalog/catalog.ts";
import type { Config } from "./config.ts";

interface Surroundings {
  /** Of the URLs that an embedded store takes uploads at. */
  readonly signer?: PathSigner;
  /** Told of what went wrong without anybody's asking in vain. */
  readonly onError?: (error: unknown) => void;
}

/** The one place that names adapters: the store and the queue that the configuration asks for, and the models. */
export async function openDeps(config: Config, { signer, onError = console.error }: Surroundings = {}): Promise<Deps> {
  const opening = [openStore(config, signer), openQueue(config, onError), readCatalog(config.VITCX_MODELS)] as const;
  const [store, queue, catalog] = await Promise.all(opening);
  return { store, queue, catalog, cache: new ResultCache(), lastSends: new Map(), maxPasses: config.VITCX_MAX_PASSES };
}

/** Each adapter is loaded where it is wanted: one machine needs no AWS, and Lambda no file locks. */
export async function openStore(config: Config, signer: PathSigner | undefined) {
  const { VITCX_BUCKET: bucket, VITCX_S3_ENDPOINT: endpoint, VITCX_S3_PATH_STYLE: pathStyle } = config;
  if (bucket !== undefined) return (await import("../lib/storage/s3.ts")).s3Store({ bucket, endpoint, pathStyle });
  const { filesystemStore } = await import("../lib/storage/filesystem-store.ts");
  return filesystemStore(storeFolder(config), signer);
}

/** Where a store that is a folder lies. */
export function storeFolder({ VITCX_DATA }: Config): string {
  return `${VITCX_DATA}/store`;
}

async function openQueue(config: Config, onError: (error: unknown) => void): Promise<JobQueue> {
  if (config.VITCX_WORKER_SERVICE !== undefined) return openWaking(config, config.VITCX_WORKER_SERVICE, onError);
  if (config.VITCX_QUEUE_URL !== undefined) return openSqs(config);
  const { filesystemQueue } = await import("../lib/queue/filesystem-queue.ts");
  return filesystemQueue(queueFolder(config), { leaseMs: config.VITCX_LEASE_SECONDS * 1000 });
}

/** Where a queue that is a folder lies. */
export function queueFolder({ VITCX_DATA }: Config): string {
  return `${VITCX_DATA}/queue`;
}

/** SQS, and the service of workers that take from it. */
async function openWaking(config: Config, service: string, onError: (error: unknown) => void): Promise<JobQueue> {
  const [{ wakingQueue }, { ecsService }] = await Promise.all([
    import("../lib/queue/waking-queue.ts"),
    import("../lib/queue/ecs-service.ts"),
  ]);
  return wakingQueue(await openSqs(config), { wake: ecsService(service), onError });
}

/** The queue as SQS has it, for a worker that Lambda feeds. */
export async function openSqs({ VITCX_QUEUE_URL, VITCX_DEAD_LETTER_URL, VITCX_LEASE_SECONDS }: Config): Promise<SqsQueue> {
  if (!VITCX_QUEUE_URL || !VITCX_DEAD_LETTER_URL) throw new Error("Expected VITCX_QUEUE_URL and VITCX_DEAD_LETTER_URL to be set");
  const { sqsQueue } = await import("../lib/queue/sqs.ts");
  return sqsQueue({ url: VITCX_QUEUE_URL, deadLetterUrl: VITCX_DEAD_LETTER_URL, leaseMs: VITCX_LEASE_SECONDS * 1000 });
}
