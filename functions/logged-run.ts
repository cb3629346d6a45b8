import type { Logger } from "pino";
import { type Explanation, fold } from "../lib/explanation/log/fold.ts";
import { readLog } from "../lib/explanation/log/log.ts";
import { type Outcome, run, type Worker } from "../lib/explanation/run/run.ts";
import type { Delivery } from "../lib/queue/job-queue.ts";

/**
 * Does a job, and writes one line about it: its explanation, its outcome and its seconds. With a `namespace` CloudWatch makes the metric
 * JobSeconds of the line by itself, without a call. What goes wrong meanwhile is logged with the explanation's id.
 */
export async function loggedRun(
  worker: Omit<Worker, "onError">,
  delivery: Delivery,
  log: Logger,
  namespace: string | undefined,
  note?: (outcome: Outcome, explanation: Explanation | null, seconds: number) => void,
): Promise<Outcome> {
  const own = log.child({ explanation: delivery.job.id });
  const begun = performance.now();
  const outcome = await run({ ...worker, onError: (error) => own.error(error) }, delivery);
  const seconds = (performance.now() - begun) / 1000;
  // What is logged and counted of it is no reason for a job to fail.
  const found = await readLog(worker.store, delivery.job.id).catch(() => null);
  const explanation = found && fold(found);
  note?.(outcome, explanation, seconds);
  const { status, request } = explanation ?? {};
  own.info(
    {
      outcome,
      status,
      owner: request?.owner,
      method: request?.method,
      model: request?.model.id,
      seconds,
      ...(namespace !== undefined && jobMetrics(namespace, seconds, Date.now())),
    },
    "job",
  );
  return outcome;
}

/**
 * The fields of a log line that CloudWatch takes for a metric.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param now milliseconds since 1970
 */
export function jobMetrics(namespace: string, seconds: number, now: number): object {
  const metric = { Namespace: namespace, Dimensions: [[]], Metrics: [{ Name: "JobSeconds", Unit: "Seconds" }] };
  return { _aws: { Timestamp: now, CloudWatchMetrics: [metric] }, JobSeconds: seconds };
}
