import { hostname, setPriority } from "node:os";
import { pino } from "pino";
import { run } from "../lib/explanation/run.ts";
import type { InstalledModel } from "../lib/vit/catalog.ts";
import type { Classifier } from "../lib/vit/classifier.ts";
import { openClassifier } from "../lib/vit/onnx-classifier.ts";
import { openDesk } from "./adapters.ts";
import { readConfig } from "./config.ts";

/** A worker process: takes one job after another from the queue, and computes it. SIGTERM: gives back what it has in hand. */
const config = readConfig();
const log = pino({ name: "worker" }, pino.destination(2));
const desk = await openDesk(config);
const onError = (error: unknown) => log.error(error);

/** One session a model, made when it is first asked for. */
const opened = new Map<InstalledModel, Promise<Classifier>>();
const classifierOf = (model: InstalledModel) => {
  const known = opened.get(model);
  if (known) return known;
  const opening = openClassifier(model, { threads: config.VITCX_THREADS, executionProviders: config.VITCX_EXECUTION_PROVIDERS });
  opened.set(model, opening);
  opening.catch(() => opened.delete(model));
  return opening;
};

const stop = new AbortController();
const idle = new AbortController();
const receiving = AbortSignal.any([stop.signal, idle.signal]);
process.on("SIGTERM", () => stop.abort());
process.on("SIGINT", () => stop.abort());
// The server has died: end what is in hand and go.
process.on("disconnect", () => idle.abort());
// Whoever answers requests on this machine goes first.
setPriority(10);

const worker = { ...desk, name: `${hostname()}-${process.pid}`, openClassifier: classifierOf, stop: stop.signal, onError };
log.info({ worker: worker.name, models: desk.catalog.models.map(({ manifest }) => manifest.id) }, "ready");
while (!receiving.aborted) {
  try {
    const delivery = await desk.queue.receive(receiving);
    if (delivery) await run(worker, delivery);
  } catch (error) {
    onError(error);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
process.exit(0);
