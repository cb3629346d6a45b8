import pLimit from "p-limit";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { QueueFacts } from "../../lib/queue/queue-facts.ts";
import type { StorageUsage } from "../../lib/explanation/keep/usage.ts";
import type { WorkerFacts } from "./worker-facts.ts";

/** One request, as it was answered. */
export interface RequestFacts {
  /** `mutation explainImage`, the root fields of a query, or the kind of file: of few values. */
  readonly operation: string;
  readonly status: number;
  /** Of its errors. */
  readonly codes: readonly string[];
  readonly seconds: number;
  readonly id: string;
  readonly owner: string | undefined;
  readonly method: string;
  /** The header of that name: which trace the request belongs to. */
  readonly traceparent: string | null;
}

/** Where the numbers come from that are read when somebody asks; each is left out where there is none. */
export interface MetricSources {
  readonly queue?: (() => Promise<QueueFacts>) | undefined;
  readonly workers?: (() => Promise<ReadonlyMap<string, WorkerFacts>>) | undefined;
  readonly usage?: (() => Promise<StorageUsage | null>) | undefined;
}

export interface Metrics {
  readonly observe: (request: RequestFacts) => void;
  /** All of them in Prometheus' text format. */
  readonly text: () => Promise<{ readonly type: string; readonly body: string }>;
}

/** What this process counts, and what the queue, the workers and the store say when they are asked. */
export function openMetrics({ queue, workers, usage }: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "vitcx_requests_total",
    help: "Requests answered, by operation and HTTP status.",
    labelNames: ["operation", "status"],
    registers,
  });
  const errors = new Counter({
    name: "vitcx_errors_total",
    help: "Errors told to clients, by operation and code.",
    labelNames: ["operation", "code"],
    registers,
  });
  const seconds = new Histogram({
    name: "vitcx_request_seconds",
    help: "Seconds from a request to the beginning of its answer.",
    labelNames: ["operation"],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const refreshers: (() => Promise<void>)[] = [];
  if (queue) {
    const age = new Gauge({
      name: "vitcx_queue_age_seconds",
      help: "How long the oldest job has waited that a worker may take; 0 where there is none.",
      registers,
    });
    const jobs = new Gauge({
      name: "vitcx_jobs",
      help: "Jobs of the queue: due, held by a worker or given back for a while, and dead letters.",
      labelNames: ["state"],
      registers,
    });
    refreshers.push(async () => {
      const { oldestSeconds, ...states } = await queue();
      for (const [state, count] of Object.entries(states)) jobs.set({ state }, count);
      age.set(oldestSeconds);
    });
  }
  if (workers) refreshers.push(addWorkers(workers, registers));
  if (usage) {
    const free = new Gauge({ name: "vitcx_free_bytes", help: "What the disk has left.", registers });
    const used = new Gauge({
      name: "vitcx_stored_bytes",
      help: "What explanations and uploads take on the disk, as it was counted last.",
      registers,
    });
    refreshers.push(async () => {
      const found = await usage();
      if (found === null) return;
      used.set(found.usedBytes);
      free.set(found.freeBytes);
    });
  }
  /** What one reader is told another must not reset meanwhile. */
  const inTurn = pLimit(1);
  return {
    observe({ operation, status, codes, seconds: took }) {
      requests.inc({ operation, status });
      for (const code of codes) errors.inc({ operation, code });
      seconds.observe({ operation }, took);
    },
    text: () =>
      inTurn(async () => {
        await Promise.all(refreshers.map((refresh) => refresh()));
        return { type: registry.contentType, body: await registry.metrics() };
      }),
  };
}

/** What workers have told with their last signs of life. Each counts from its own start, as the label says. */
function addWorkers(workers: NonNullable<MetricSources["workers"]>, registers: Registry[]): () => Promise<void> {
  const counter = (name: string, help: string, ...labels: string[]) =>
    new Counter({ name, help, labelNames: ["worker", ...labels], registers });
  const jobs = counter("vitcx_worker_jobs_total", "Jobs of a worker since its start, by what came of them.", "outcome");
  const seconds = counter("vitcx_stage_seconds_total", "Seconds that a worker's explanations took, by stage.", "stage");
  const stages = counter("vitcx_stages_total", "How often each stage was done.", "stage");
  const passes = counter("vitcx_passes_total", "Variants of images that a worker's models were asked about.");
  const memory = new Gauge({
    name: "vitcx_worker_memory_bytes",
    help: "A worker's memory: resident (rss), of the JavaScript heap, and outside of it.",
    labelNames: ["worker", "kind"],
    registers,
  });
  const alive = new Gauge({
    name: "vitcx_workers",
    help: "Workers that have shown a sign of life in the last two minutes.",
    registers,
  });
  return async () => {
    const found = await workers();
    for (const each of [jobs, seconds, stages, passes, memory]) each.reset();
    alive.set(found.size);
    for (const [worker, facts] of found) {
      for (const [outcome, count] of Object.entries(facts.jobs)) jobs.inc({ worker, outcome }, count);
      for (const [stage, sum] of Object.entries(facts.stageSeconds)) seconds.inc({ worker, stage }, sum);
      for (const [stage, count] of Object.entries(facts.stages)) stages.inc({ worker, stage }, count);
      passes.inc({ worker }, facts.passes);
      for (const [kind, bytes] of Object.entries(facts.memory)) memory.set({ worker, kind }, bytes);
    }
  };
}
