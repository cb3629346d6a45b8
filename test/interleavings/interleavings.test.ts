import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc, { type Scheduler } from "fast-check";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { CodedError } from "../../lib/errors.ts";
import type { Deps } from "../../lib/explanation/deps.ts";
import { keys } from "../../lib/explanation/keys.ts";
import { cancel } from "../../lib/explanation/log/cancel.ts";
import { type EventOf, isFinal, type LogEvent } from "../../lib/explanation/log/events.ts";
import { beginLog, readLog } from "../../lib/explanation/log/log.ts";
import { ResultCache } from "../../lib/explanation/results/result-cache.ts";
import type { PipelineStep, PipelineTask } from "../../lib/explanation/run/pipeline.ts";
import { run, type Worker } from "../../lib/explanation/run/run.ts";
import { filesystemQueue } from "../../lib/queue/filesystem-queue.ts";
import type { Delivery, JobQueue } from "../../lib/queue/job-queue.ts";
import { filesystemStore } from "../../lib/storage/filesystem-store.ts";
import type { ObjectStore } from "../../lib/storage/object-store.ts";
import type { Catalog } from "../../lib/vit/catalog/catalog.ts";
import { openWorkshop } from "../explanation/workshop.ts";
import { submit } from "../../lib/explanation/request/submit.ts";
import { submission } from "../explanation/requests.ts";

/** How each attempt goes: to its end, or into an error of the worker or of the image before the map is there. */
type Fate = "ends" | "breaks" | "is refused";

/** The next attempts' fates; all later ones come to their end. */
let fates: Fate[] = [];

// The order of what is stored is the pipeline's; nothing is computed.
vi.mock("../../lib/explanation/run/pipeline.ts", () => ({
  async *pipeline({ explanation }: PipelineTask): AsyncGenerator<PipelineStep, void> {
    const { worker } = explanation().latest.STARTED!;
    const fate = fates.shift() ?? "ends";
    const target = { index: 0, label: worker, probability: 1 };
    yield { event: { kind: "CLASSIFIED", predictions: [target], target } };
    if (fate === "breaks") throw new Error("The worker is broken");
    if (fate === "is refused") throw new CodedError("IMAGE_UNREADABLE", "The image is broken");
    yield { event: { kind: "CLUSTERED", maps: 1, clusterSizes: [1], meanSimilarity: 1 } };
    yield { files: [{ name: "saliency-map.npy", bytes: new Uint8Array(1) }] };
    yield { event: { kind: "MAPPED", thumbnail: true } };
    yield { files: [{ name: "explanation.json", bytes: new Uint8Array(1) }] };
    yield { event: { kind: "SUCCEEDED", bytes: 2 } };
  },
}));

const LEASE_MS = 60_000;
const ID = "explained";

/** After how many of its steps a process is killed, and whether the last one was still done. */
interface Crash {
  readonly after: number;
  readonly done: boolean;
}

interface Plan {
  readonly scheduler: Scheduler;
  readonly workers: readonly { readonly crash: Crash | null; readonly stops: boolean }[];
  readonly cancels: boolean;
  /** Milliseconds by which the clock goes on, each at some time. */
  readonly pauses: readonly number[];
  /** Whether the job is sent a second time, as by a reader who takes the first message for lost. */
  readonly sentTwice: boolean;
  readonly fates: readonly Fate[];
}

const crash = fc.record({ after: fc.integer({ min: 1, max: 14 }), done: fc.boolean() });
const plan: fc.Arbitrary<Plan> = fc.record({
  scheduler: fc.scheduler(),
  workers: fc.array(fc.record({ crash: fc.option(crash, { freq: 2 }), stops: fc.boolean() }), { minLength: 2, maxLength: 2 }),
  cancels: fc.boolean(),
  pauses: fc.array(fc.constantFrom(1, LEASE_MS / 3, LEASE_MS + 1, 3 * LEASE_MS), { maxLength: 3 }),
  sentTwice: fc.boolean(),
  fates: fc.array(fc.constantFrom<Fate>("ends", "breaks", "is refused"), { maxLength: 3 }),
});

const folders: string[] = [];
let request: EventOf<"QUEUED">["request"] | undefined;
beforeEach(async () => {
  const { deps } = await openWorkshop();
  request ??= (await submit(deps, await submission())).request;
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
});
afterEach(() => void vi.useRealTimers());
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** VITCX_INTERLEAVINGS=1000 takes a minute. */
const RUNS = Number(process.env["VITCX_INTERLEAVINGS"] ?? 50);

test("whatever two workers, a cancel and crashes do in whichever order, an explanation has one end, and no job is left", async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (planned) => {
      const place = await openPlace();
      const wasCanceled = await happen(place, planned);
      await quiesce(place);

      const events = (await readLog(place.store, ID))!.events;
      const ends = events.filter(isFinal);
      expect(ends).toHaveLength(1);
      expect(events.at(-1)).toBe(ends[0]);
      if (planned.cancels) expect(ends[0]!.kind === "CANCELED").toBe(wasCanceled);
      if (ends[0]!.kind === "SUCCEEDED") expect(await place.store.head(keys.file(ID, "explanation.json"))).not.toBeNull();
      expect(writersOf(events)).toEqual([]);
      expect(await readdir(join(place.folder, "queue", "messages"))).toEqual([]);
    }),
    { numRuns: RUNS },
  );
}, 120_000);

interface Place {
  readonly folder: string;
  readonly store: ObjectStore;
  readonly queue: JobQueue;
}

/** A queued explanation in a store and a queue of its own. */
async function openPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "vitcx-interleavings-"));
  folders.push(folder);
  const store = filesystemStore(join(folder, "store"));
  const queue = filesystemQueue(join(folder, "queue"), { leaseMs: LEASE_MS, pollMs: 1 });
  await beginLog(store, ID, { kind: "QUEUED", version: 2, request: request!, time: new Date().toISOString() });
  await queue.send({ id: ID }, "local");
  return { folder, store, queue };
}

/** Lets everything that is planned happen, one step of one process at a time. Whether the explanation was cancelled. */
async function happen(place: Place, { scheduler, workers, cancels, pauses, sentTwice, fates: planned }: Plan): Promise<boolean> {
  fates = [...planned];
  let wasCanceled = false;
  const acts: Promise<unknown>[] = [];
  for (const [n, { crash, stops }] of workers.entries()) {
    const process = new Process(scheduler, `worker-${n + 1}`, crash);
    const stop = new AbortController();
    acts.push(process.untilItDies(work(place, process, stop.signal)));
    if (stops) acts.push(new Process(scheduler, `stop-${n + 1}`).step(async () => stop.abort()));
  }
  if (cancels) {
    const process = new Process(scheduler, "cancel");
    acts.push(
      cancel(depsOf(process.store(place.store), process.queue(place.queue)), "local", ID).then(
        () => (wasCanceled = true),
        (error: unknown) => {
          if (!(error instanceof CodedError && error.code === "EXPLANATION_FINISHED")) throw error;
        },
      ),
    );
  }
  for (const ms of pauses) acts.push(new Process(scheduler, "clock").step(async () => void vi.setSystemTime(Date.now() + ms)));
  if (sentTwice) acts.push(new Process(scheduler, "reader").step(() => place.queue.send({ id: ID }, "local")));
  await scheduler.waitFor(Promise.all(acts));
  return wasCanceled;
}

/** Time goes by, and a worker that nothing happens to does what there is, until nothing is. */
async function quiesce(place: Place): Promise<void> {
  fates = [];
  for (let round = 0; round < 20; round++) {
    vi.setSystemTime(Date.now() + 4 * LEASE_MS);
    const delivery = await receive(place.queue);
    if (delivery) await run(workerOf(place, `later-${round}`, new AbortController().signal), delivery);
    if ((await readdir(join(place.folder, "queue", "messages"))).length === 0) return;
  }
}

async function work(place: Place, process: Process, stop: AbortSignal): Promise<void> {
  const delivery = await process.step(() => receive(place.queue));
  if (!delivery) return;
  const shared = { ...place, store: process.store(place.store), queue: process.queue(place.queue) };
  await run(workerOf(shared, process.name, stop), process.delivery(delivery));
}

/** What there is for a worker now; null where nothing is. */
async function receive(queue: JobQueue): Promise<Delivery | null> {
  const leave = new AbortController();
  const received = queue.receive(leave.signal);
  setTimeout(() => leave.abort(), 1);
  return received;
}

function depsOf(store: ObjectStore, queue: JobQueue): Deps {
  return { store, queue, catalog: {} as Catalog, cache: new ResultCache(), lastSends: new Map() };
}

function workerOf({ store, queue }: Place, name: string, stop: AbortSignal): Worker {
  const openClassifier = () => Promise.reject(new Error("Nothing is computed here"));
  return { ...depsOf(store, queue), name, openClassifier, stop, onError: () => undefined };
}

/** What a worker has written that was not the one that began last. */
function writersOf(events: readonly LogEvent[]): string[] {
  let begun = "";
  return events.flatMap((event) => {
    if (event.kind === "STARTED") begun = event.worker;
    return event.kind === "CLASSIFIED" && event.target.label !== begun ? [event.target.label] : [];
  });
}

const never = Symbol("never");

/** One that takes its steps when the scheduler lets it, and may be killed before or after one of them: then it waits for ever. */
class Process {
  readonly name: string;
  readonly #scheduler: Scheduler;
  readonly #crash: Crash | null;
  #steps = 0;
  #isDead = false;
  #died: () => void = () => undefined;
  readonly #death: Promise<void>;

  constructor(scheduler: Scheduler, name: string, crash: Crash | null = null) {
    [this.#scheduler, this.name, this.#crash] = [scheduler, name, crash];
    this.#death = new Promise((resolve) => (this.#died = resolve));
  }

  untilItDies(act: Promise<void>): Promise<void> {
    return Promise.race([act, this.#death]);
  }

  async step<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = await this.#scheduler.scheduleFunction(async (): Promise<Result | typeof never> => {
      if (this.#isDead) return never;
      const dies = ++this.#steps === this.#crash?.after;
      if (dies && !this.#crash.done) return this.#die();
      const result = await act();
      return dies ? this.#die() : result;
    })();
    return result === never ? new Promise<never>(() => undefined) : result;
  }

  #die(): typeof never {
    this.#isDead = true;
    this.#died();
    return never;
  }

  store(store: ObjectStore): ObjectStore {
    return {
      get: (...args: Parameters<ObjectStore["get"]>) => this.step(() => store.get(...args)),
      head: (...args) => this.step(() => store.head(...args)),
      put: (...args) => this.step(() => store.put(...args)),
      remove: (...args) => this.step(() => store.remove(...args)),
      list: (...args) => this.step(() => store.list(...args)),
      uploadUrl: (...args) => this.step(() => store.uploadUrl(...args)),
    };
  }

  queue(queue: JobQueue): JobQueue {
    return {
      leaseMs: queue.leaseMs,
      send: (...args) => this.step(() => queue.send(...args)),
      receive: (...args) => this.step(() => queue.receive(...args)),
    };
  }

  delivery(delivery: Delivery): Delivery {
    return {
      ...delivery,
      extend: () => this.step(() => delivery.extend()),
      done: () => this.step(() => delivery.done()),
      release: (...args) => this.step(() => delivery.release(...args)),
      postpone: (...args) => this.step(() => delivery.postpone(...args)),
      reject: () => this.step(() => delivery.reject()),
    };
  }
}
