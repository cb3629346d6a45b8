import type { Plugin } from "graphql-yoga";
import type { Logger } from "pino";
import type { Deps } from "../../lib/explanation/deps.ts";
import type { JobQueue } from "../../lib/queue/job-queue.ts";
import type { ObjectStore } from "../../lib/storage/object-store.ts";
import { pathSigner } from "../../lib/storage/signed-path.ts";
import { createGraphQL } from "./yoga.ts";
import { openDeps } from "../adapters.ts";
import { refreshKeys, wantKey } from "../access/api-keys.ts";
import { type KeyHolders, listedHolders, storedHolders } from "../access/holders.ts";
import type { Owner } from "../access/limits.ts";
import { limitRequests } from "../access/request-limit.ts";
import { type Config, ownerLimits } from "../config.ts";
import type { RequestFacts } from "../observe/metrics.ts";
import { watchRequests } from "../observe/requests.ts";
import { signedFilePath, storedFiles } from "./files.ts";
import { page } from "./page.ts";
import { type StoreKeeper, storeKeeper } from "../store-keeper.ts";
import { uploadOrigin } from "./upload-origin.ts";
import { uploads } from "./uploads.ts";

export interface Api {
  readonly deps: Deps;
  readonly graphql: ReturnType<typeof createGraphQL>;
  /** Of a store that is a folder. */
  readonly keeper: StoreKeeper | undefined;
}

export interface ApiOptions {
  /** Where the built page is. */
  readonly dist?: URL;
  /** Makes plugins that see a request before any other but the one that logs it. */
  readonly first?: (deps: Deps) => readonly Plugin[];
  /** Told of every request, once it is answered. */
  readonly observe?: (request: RequestFacts) => void;
}

/**
 * The API, the page and the files, over the store and the queue that the configuration asks for. Where there are API keys, all but the
 * page wants one, and the URLs of files are signed.
 */
export async function openApi(config: Config, log: Logger, { dist, first, observe }: ApiOptions = {}): Promise<Api> {
  const signer = pathSigner(() => holders.secret());
  const opened = await openDeps(config, { signer, onError: (error) => log.warn(error) });
  const holders = keyHolders(config, opened.store, (error) => log.error(error));
  await holders.refresh();
  const keeper = config.VITCX_BUCKET === undefined ? storeKeeper(config, opened, log) : undefined;
  const deps = { ...opened, queue: loggedQueue(opened.queue, log), usage: keeper?.usage, keepDays: config.VITCX_KEEP_DAYS };
  const bucket = await uploadOrigin(deps.store);
  const ownerOf = (request: Request) => holders.ownerOf(request.headers.get("x-api-key") ?? "");
  const graphql = createGraphQL({
    deps,
    pollMs: config.VITCX_POLL_MS,
    maxImageBytes: config.VITCX_MAX_IMAGE_MB * 1e6,
    maxUploadBytes: config.VITCX_MAX_UPLOAD_MB * 1e6,
    origins: config.VITCX_ORIGINS,
    publicUrl: config.VITCX_PUBLIC_URL,
    trustProxy: config.VITCX_TRUST_PROXY,
    onError: (error) => log.error(error),
    plugins: [
      watchRequests({ log, ownerOf: (request) => ownerOf(request)?.name, observe }),
      ...(first?.(deps) ?? []),
      refreshKeys(holders),
      page({ ...(dist && { dist }), uploadOrigin: bucket }),
      storedFiles(deps.store, holders.isOpen ? undefined : signer),
      ...(bucket === undefined ? [uploads(deps.store, signer)] : []),
      wantKey(ownerOf),
      limitRequests(ownerOf),
    ],
    ...(holders.isOpen ? {} : { filePath: signedFilePath(signer) }),
    ownerOf: (request) => ownerOf(request) ?? nobody,
  });
  return { deps, graphql, keeper };
}

/** What a request without a key is answered is nobody's: such as a preflight's. */
const nobody: Owner = { name: "nobody", limits: {} };

function keyHolders(config: Config, store: ObjectStore, onError: (error: unknown) => void): KeyHolders {
  const limits = ownerLimits(config);
  return config.VITCX_KEYS === "store" ? storedHolders(store, limits, onError) : listedHolders(config.VITCX_API_KEYS, limits);
}

/** One line for each job that is sent, by which an explanation can be followed from the API's log to the worker's. */
function loggedQueue(queue: JobQueue, log: Logger): JobQueue {
  const send: JobQueue["send"] = async (job, owner) => {
    await queue.send(job, owner);
    log.info({ explanation: job.id, owner }, "queued");
  };
  return { ...queue, send };
}
