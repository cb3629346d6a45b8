import { setTimeout as sleep } from "node:timers/promises";
import { CodedError, type ErrorCode, isStorageError } from "../../errors.ts";
import type { Delivery } from "../../queue/job-queue.ts";
import type { ObjectStore } from "../../storage/object-store.ts";
import type { Classifier } from "../../classifier/classifier.ts";
import type { InstalledModel } from "../../vit/catalog/catalog.ts";
import type { Deps } from "../deps.ts";
import { isFinished } from "../log/events.ts";
import { fold } from "../log/fold.ts";
import { keys } from "../keys.ts";
import { readObject } from "../read-object.ts";
import { type Log, readLog, unlessUnreadable } from "../log/log.ts";
import { Fenced, LogWriter } from "../log/log-writer.ts";
import { pipeline } from "./pipeline.ts";
import { ALGORITHM_VERSION } from "../request/request.ts";
import { timedOut } from "./time-limit.ts";
import { record, Stopped } from "./record.ts";
import { LOST_MS, silenceOf } from "../log/send-again.ts";

/** What a worker is. */
export interface Worker extends Deps {
  /** Its name in the log. */
  readonly name: string;
  readonly openClassifier: (model: InstalledModel) => Promise<Classifier>;
  /**
   * Aborts when the worker has to stop: it then gives its job back, after the batch in hand. A reason that is a CodedError ends the
   * explanation instead: starting over would be of no use.
   */
  readonly stop: AbortSignal;
  /** How long a job may take, in seconds; it then ends TIMED_OUT after the batch in hand. Without it, as long as it takes. */
  readonly jobSeconds?: number;
  /** Told of every error that is not the user's. */
  readonly onError: (error: unknown) => void;
}

/** A job on which this many workers died, or failed without knowing why, is given up. */
const ATTEMPTS = 3;

/**
 * What a worker has come to with a job. `done`: it is finished, or somebody else's. `failed`: something is wrong that is not the
 * request's, and may be this worker's. `waiting`: nothing can be stored, and the job waits for that to pass. `hung`: a step has not ended for so long that it never will, so whatever it holds (memory, a
 * GPU) comes back only with the end of the process; the job comes back when its lease ends.
 */
export type Outcome = "done" | "released" | "failed" | "waiting" | "hung";

/** An outcome, and what the queue is to be told: after the log, whatever becomes of that. */
interface Ending {
  readonly outcome: Outcome;
  readonly tell?: (delivery: Delivery) => Promise<unknown>;
}

/**
 * Does one job of the queue, whatever state its explanation is in: begins it, begins it again after a worker that died, forgets
 * it where it is finished, leaves it where another worker is at it. Throws only where the store does not give the log; the job then
 * comes back when its lease ends. A job whose log is damaged is given up; one of a newer version is left to a worker of that version.
 */
export async function run(worker: Worker, delivery: Delivery): Promise<Outcome> {
  const log = await readLog(worker.store, delivery.job.id).catch(unlessUnreadableOrUnstored);
  if (log instanceof CodedError && isStorageError(log)) return wait(worker, delivery, log);
  if (log !== null && isNewer(log)) {
    await delivery.postpone(NEWER_MS).catch(worker.onError);
    return "released";
  }
  if (log instanceof CodedError) {
    // It stays damaged, however often the job comes back.
    worker.onError(log);
    await delivery.reject().catch(worker.onError);
    return "done";
  }
  const { outcome, tell } =
    !log || isFinished(log) ? forgotten : (leftToAnother(worker, delivery, log) ?? (await work(worker, delivery, log)));
  // A queue that cannot be told hands the job out again, and whoever takes it then sees in the log what has become of it.
  await tell?.(delivery).catch(worker.onError);
  return outcome;
}

function unlessUnreadableOrUnstored(error: unknown): CodedError {
  return isStorageError(error) ? error : unlessUnreadable(error);
}

/** After how many milliseconds a job is offered again that waits for the store, and after how many its worker tries to say so in the log. */
const [STORAGE_MS, STORAGE_RETRY_MS] = [10_000, 2000];

/** Gives a job back that could not even be begun: its log stays as it is. */
async function wait(worker: Worker, delivery: Delivery, reason: CodedError): Promise<Outcome> {
  worker.onError(reason);
  await delivery.release(STORAGE_MS).catch(worker.onError);
  return "waiting";
}

/** After how many milliseconds a newer version's job is offered again, to a worker of that version. */
const NEWER_MS = 30_000;

/** Whether a job is one that only a newer version does rightly: the numbers of this one would be others. */
function isNewer(log: Log | CodedError): boolean {
  if (log instanceof CodedError) return log.code === "LOG_TOO_NEW";
  return (fold(log).request.algorithmVersion ?? 1) > ALGORITHM_VERSION;
}

async function work(worker: Worker, delivery: Delivery, log: Log): Promise<Ending> {
  const writer = new LogWriter(worker.store, log);
  let heartbeat: NodeJS.Timeout | undefined;
  const hung = new Promise<Ending>((resolve) => {
    // A process whose thread is blocked does not get here, and loses its lease as well.
    heartbeat = setInterval(() => {
      if (Date.now() - writer.lastStep < LOST_MS) return void delivery.extend().catch(worker.onError);
      worker.onError(new Error(`No step of ${delivery.job.id} has ended for ${LOST_MS / 1000} s`));
      resolve({ outcome: "hung" });
    }, worker.queue.leaseMs / 3);
  });
  const limit = new AbortController();
  const { jobSeconds } = worker;
  const timer = jobSeconds === undefined ? undefined : setTimeout(() => limit.abort(timedOut(jobSeconds)), jobSeconds * 1000);
  const limited = { ...worker, stop: AbortSignal.any([worker.stop, limit.signal]) };
  const working = attempt(limited, writer).catch((error: unknown) => settle(worker, delivery, writer, error));
  return Promise.race([working, hung]).finally(() => {
    clearInterval(heartbeat);
    clearTimeout(timer);
  });
}

const forgotten: Ending = { outcome: "done", tell: (delivery) => delivery.done() };

/** What to do where another worker is at it; undefined where none is. */
function leftToAnother({ queue }: Worker, { count }: Delivery, log: Log): Ending | undefined {
  const explanation = fold(log);
  if (explanation.status !== "RUNNING") return undefined;
  const silence = silenceOf(explanation);
  // The clock was set back: whoever is at it finds out by the log, and whoever has died must not be waited for.
  if (silence === null) return undefined;
  // A first delivery is a second message of the same job, whose first one its worker holds.
  if (count === 1) return silence < LOST_MS ? forgotten : undefined;
  // One that came back tells of a lease that ended, so its worker has died; unless it has just given a sign of life.
  if (silence >= queue.leaseMs / 2) return undefined;
  return { outcome: "done", tell: (delivery) => delivery.release((count - 1) * queue.leaseMs) };
}

async function attempt(worker: Worker, writer: LogWriter): Promise<Ending> {
  if (writer.explanation.attempts >= ATTEMPTS) {
    const message = `The explanation was begun ${ATTEMPTS} times, and no worker came to its end: most likely they died of it.`;
    await writer.write({ kind: "FAILED", code: "WORKER_LOST", message });
    return { outcome: "done", tell: (delivery) => delivery.reject() };
  }
  await writer.write({ kind: "STARTED", worker: worker.name });
  const { id, request } = writer.explanation;
  const steps = pipeline({
    catalog: worker.catalog,
    openClassifier: worker.openClassifier,
    readPicture: () => readObject(worker.store, keys.input(id, request.image.format)),
    explanation: () => writer.explanation,
  });
  await record(writer, worker.store, worker.stop, steps);
  return forgotten;
}

/** What becomes of a job whose attempt did not come to its end. */
async function settle(worker: Worker, delivery: Delivery, writer: LogWriter, error: unknown): Promise<Ending> {
  const left: Ending = { outcome: "done" };
  try {
    if (error instanceof Fenced) {
      // Cancelled, or deleted since: the job is done with. Taken over: it is the other worker's to end, and a second message of the job is of no use.
      const log = await readLog(worker.store, delivery.job.id);
      const isSecondMessage = delivery.count === 1 && writer.explanation.latest.STARTED?.worker !== worker.name;
      return log === null || isFinished(log) || isSecondMessage ? forgotten : left;
    }
    if (error instanceof Stopped) {
      await writer.write({ kind: "RELEASED", reason: "STOPPING" });
      return { outcome: "released", tell: (delivery) => delivery.release() };
    }
    if (isStorageError(error)) return await waitForStore(worker, writer, error);
    if (error instanceof CodedError && !OF_THE_WORKER.has(error.code)) {
      await writer.write({ kind: "FAILED", code: error.code, message: error.message });
      return forgotten;
    }
    worker.onError(error);
    const { attempts } = writer.explanation;
    if (attempts < ATTEMPTS) {
      await writer.write({ kind: "RELEASED", reason: "ERROR" });
      // The longer it lasts, the longer it is waited for that it passes, or that another worker takes the job.
      return { outcome: "failed", tell: (delivery) => delivery.release(1000 * 10 ** (attempts - 1)) };
    }
    const told =
      error instanceof CodedError
        ? error
        : ({ code: "INTERNAL", message: "Something went wrong in the worker; its log says what." } as const);
    await writer.write({ kind: "FAILED", code: told.code, message: told.message });
    return { outcome: "failed", tell: (delivery) => delivery.reject() };
  } catch (another) {
    if (!(another instanceof Fenced)) worker.onError(another);
    return left;
  }
}

/**
 * Gives a job back because nothing can be stored, as one that its worker had to leave: it is no attempt. Where the log cannot be written
 * either, the worker keeps the job until it can, for no other of its jobs would fare better; one that has to stop leaves it as it is.
 */
async function waitForStore(worker: Worker, writer: LogWriter, reason: CodedError): Promise<Ending> {
  worker.onError(reason);
  const ending: Ending = { outcome: "waiting", tell: (delivery) => delivery.release(STORAGE_MS) };
  const { status, latest } = writer.explanation;
  if (status !== "RUNNING" || latest.STARTED?.worker !== worker.name) return ending;
  for (;;) {
    try {
      await writer.look();
      if (!latest.MAPPED) await removeResults(worker.store, writer.explanation.id);
      await writer.write({ kind: "RELEASED", reason: "STOPPING", code: reason.code });
      return ending;
    } catch (error) {
      if (!isStorageError(error)) throw error;
      if (worker.stop.aborted) return { outcome: "waiting" };
      writer.lastStep = Date.now();
      await sleep(STORAGE_RETRY_MS, undefined, { signal: worker.stop }).catch(() => undefined);
    }
  }
}

/** Makes room by what is no use alone: the first of the result's files, where there was no space for all. */
async function removeResults(store: ObjectStore, id: string): Promise<void> {
  const found = await store.list(keys.file(id, ""), undefined, 1000);
  const results = found.filter((key) => /\.(npy|png|jpeg|json)$/.test(key) && !key.startsWith(keys.input(id, "")));
  await Promise.all(results.map((key) => store.remove(key)));
}

/** The request has been checked, so these tell of a worker: one that is of another version than the API, or whose memory is full. */
const OF_THE_WORKER = new Set<ErrorCode>(["MODEL_UNKNOWN", "MODEL_UNUSABLE"]);
