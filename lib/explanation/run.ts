import { CodedError } from "../errors.ts";
import type { Delivery } from "../queue/job-queue.ts";
import type { Classifier } from "../vit/classifier.ts";
import type { InstalledModel } from "../vit/catalog.ts";
import { compute } from "./compute.ts";
import type { Desk } from "./desk.ts";
import { isFinished } from "./events.ts";
import { fold } from "./fold.ts";
import { keys } from "./keys.ts";
import { readLog } from "./log.ts";
import { Fenced, LogWriter } from "./log-writer.ts";
import { measure } from "./measure.ts";
import { measurementsFile } from "./measurements.ts";
import { record, Stopped } from "./record.ts";
import { summarise } from "./summary.ts";

/** What a worker is. */
export interface Worker extends Desk {
  /** Its name in the log. */
  readonly name: string;
  readonly openClassifier: (model: InstalledModel) => Promise<Classifier>;
  /** Aborts when the worker has to stop: it then gives its job back, after the batch in hand. */
  readonly stop: AbortSignal;
  /** Told of every error that is not the user's. */
  readonly onError: (error: unknown) => void;
}

/** A job on which this many workers died, or failed without knowing why, is given up. */
const ATTEMPTS = 3;

/**
 * Does one job of the queue, whatever state its explanation is in: begins it, begins it again after a worker that died, forgets
 * it where it is finished, leaves it where another worker is at it. Never throws for the explanation's sake.
 */
export async function run(worker: Worker, delivery: Delivery): Promise<void> {
  const log = await readLog(worker.store, delivery.job.id);
  const explanation = log && fold(log);
  if (!log || !explanation || isFinished(log)) return void (await delivery.done());

  // A dead worker's job comes back when its lease ends, and it held the lease anew at least every third of one.
  const silence = Date.now() - explanation.changedAt.getTime();
  if (explanation.status === "RUNNING" && silence < worker.queue.leaseMs / 2) {
    // Another worker is at it. A first delivery is a second message of the same job; otherwise look again when a lease has ended.
    return void (await (delivery.count === 1 ? delivery.done() : delivery.release(worker.queue.leaseMs)));
  }
  const writer = new LogWriter(worker.store, log);
  const heartbeat = setInterval(() => void delivery.extend().catch(worker.onError), worker.queue.leaseMs / 3);
  try {
    await attempt(worker, delivery, writer);
  } catch (error) {
    await settle(worker, delivery, writer, error);
  } finally {
    clearInterval(heartbeat);
  }
}

async function attempt(worker: Worker, delivery: Delivery, writer: LogWriter): Promise<void> {
  if (writer.explanation.attempts >= ATTEMPTS) {
    const message = `The explanation was begun ${ATTEMPTS} times and its worker died each time.`;
    await writer.write({ kind: "FAILED", code: "WORKER_LOST", message });
    return void (await delivery.reject());
  }
  await writer.write({ kind: "STARTED", worker: worker.name });
  const { id, question } = writer.explanation;
  const model = worker.catalog.get(question.model.id);
  if (model.digest !== question.model.digest) {
    throw new CodedError(
      "MODEL_UNKNOWN",
      `The model "${question.model.id}" has changed since the explanation was asked for; ask again.`,
    );
  }
  const picture = await worker.store.get(keys.input(id, question.image.format));
  if (picture === null) throw new Error(`The input of ${id} is missing`);

  const classifier = await worker.openClassifier(model);
  const task = { classifier, manifest: model.manifest, picture: picture.bytes, question };
  const { evidence, mapped, files } = await record(writer, worker.stop, compute(task));
  await Promise.all(files.map(({ name, bytes }) => worker.store.put(keys.file(id, name), bytes)));
  await writer.write({ kind: "MAPPED", thumbnail: true });
  await worker.store.put(keys.file(id, "explanation.json"), summarise(writer.explanation, evidence));
  if (question.metrics) {
    await record(writer, worker.stop, measure(mapped, question.metrics));
    await worker.store.put(keys.file(id, "metrics.json"), measurementsFile(writer.explanation));
  }
  await writer.write({ kind: "SUCCEEDED" });
  await delivery.done();
}

/** What becomes of a job whose attempt did not come to its end. */
async function settle(worker: Worker, delivery: Delivery, writer: LogWriter, error: unknown): Promise<void> {
  try {
    if (error instanceof Fenced) {
      // Cancelled: the job is done with. Taken over: it is the other worker's to end.
      const log = await readLog(worker.store, delivery.job.id);
      if (log && isFinished(log)) await delivery.done();
    } else if (error instanceof Stopped) {
      await writer.write({ kind: "RELEASED", reason: "STOPPING" });
      await delivery.release();
    } else if (error instanceof CodedError) {
      await writer.write({ kind: "FAILED", code: error.code, message: error.message });
      await delivery.done();
    } else if (writer.explanation.attempts >= ATTEMPTS) {
      worker.onError(error);
      await writer.write({ kind: "FAILED", code: "INTERNAL", message: "Something went wrong in the worker; its log says what." });
      await delivery.reject();
    } else {
      worker.onError(error);
      await writer.write({ kind: "RELEASED", reason: "ERROR" });
      await delivery.release(1000);
    }
  } catch (another) {
    if (!(another instanceof Fenced)) worker.onError(another);
  }
}
