import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import type { Deps } from "../../lib/explanation/deps.ts";
import { ResultCache } from "../../lib/explanation/results/result-cache.ts";
import { type Outcome, type Worker, run } from "../../lib/explanation/run/run.ts";
import type { Delivery } from "../../lib/queue/job-queue.ts";
import { filesystemQueue } from "../../lib/queue/filesystem-queue.ts";
import { filesystemStore } from "../../lib/storage/filesystem-store.ts";
import { type PathSigner, pathSigner } from "../../lib/storage/signed-path.ts";
import { readCatalog } from "../../lib/vit/catalog/catalog.ts";
import { type ScriptedClassifier, scriptedClassifier } from "./scripted-classifier.ts";

/** A store and a queue in a folder of their own, the repository's model, and a worker that does one job when it is told to. */
export interface Workshop {
  /** The folder of the store. */
  readonly root: string;
  readonly deps: Deps;
  /** Of the URLs that the store takes uploads at. */
  readonly signer: PathSigner;
  readonly classifier: ScriptedClassifier;
  readonly worker: Worker;
  /** What the worker said was not the user's fault. */
  readonly errors: unknown[];
  /** Takes a message from the queue; fails the test where there is none. */
  readonly receive: () => Promise<Delivery>;
  /** Does the next job of the queue. */
  readonly work: (changes?: Partial<Worker>) => Promise<Outcome>;
  /** The keys of everything in the store. */
  readonly keys: () => Promise<readonly string[]>;
  /** The jobs in the queue, whoever may hold them, and the dead letters. */
  readonly messages: () => Promise<readonly string[]>;
  readonly deadLetters: () => Promise<readonly string[]>;
}

const catalog = readCatalog([new URL("../../models", import.meta.url).pathname]);

/** `change` may put something between the use cases and the store, the queue or the catalog. */
export async function openWorkshop(change: (deps: Deps) => Partial<Deps> = () => ({})): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), "vitcx-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const signer = pathSigner();
  const store = filesystemStore(join(folder, "store"), signer);
  const plain: Deps = {
    store,
    queue: filesystemQueue(join(folder, "queue"), { leaseMs: 60_000, pollMs: 5 }),
    catalog: await catalog,
    cache: new ResultCache(),
    lastSends: new Map(),
  };
  const deps = { ...plain, ...change(plain) };
  const classifier = scriptedClassifier();
  const errors: unknown[] = [];
  const worker: Worker = {
    ...deps,
    name: "worker-1",
    openClassifier: async () => classifier,
    stop: new AbortController().signal,
    onError: (error) => errors.push(error),
  };
  const receive = async () => {
    const delivery = await deps.queue.receive(AbortSignal.timeout(15_000));
    if (delivery === null) throw new Error("There is no job in the queue");
    // What is given back for a while is there again at once: no test waits for time to pass.
    return { ...delivery, release: () => delivery.release() };
  };
  return {
    root: join(folder, "store"),
    deps,
    signer,
    classifier,
    worker,
    errors,
    receive,
    work: async (changes = {}) => run({ ...worker, ...changes }, await receive()),
    keys: () => store.list("", undefined, 10_000),
    messages: () => jobsIn(join(folder, "queue", "messages")),
    deadLetters: () => jobsIn(join(folder, "queue", "dead")),
  };
}

async function jobsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts.map((text) => (JSON.parse(text) as { id: string }).id);
}

/** Lets time pass for everything that asks for the time, but for no timer. */
export function later(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
  onTestFinished(() => void vi.useRealTimers());
}
