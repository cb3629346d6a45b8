import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { CodedError } from "../lib/errors.ts";
import { openDeps, openSqs } from "./adapters.ts";
import { timedOut } from "../lib/explanation/run/time-limit.ts";
import { classifiers } from "./classifiers.ts";
import { readConfig } from "./config.ts";
import { openLog } from "./observe/log.ts";
import { watchJobs } from "./job-limit.ts";
import { loggedRun } from "./logged-run.ts";
import { watchDelivery } from "./lambda/watched-delivery.ts";

/** The worker as a Lambda function that an SQS queue feeds, for stages without a GPU. */
const config = readConfig();
const log = openLog("worker", config);
const deps = await openDeps(config);
const queue = await openSqs(config);
const openClassifier = classifiers(config, log);
const onError = (error: unknown) => log.error(error);

const jobs = watchJobs(config);

/** What is left of an invocation's time for the batch in hand, or for the watchdog's patience with it, and for the log. */
const FAREWELL_MS = 60_000;

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const left = Math.max(0, context.getRemainingTimeInMillis() - FAREWELL_MS);
  const limitMs = Math.min(left, config.VITCX_JOB_SECONDS * 1000);
  const end = limitMs < left ? timedOut(config.VITCX_JOB_SECONDS) : outOfTime(left);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(end), limitMs);
  const worker = { ...deps, name: context.logStreamName, openClassifier, stop: stop.signal };
  const watched = { worker: worker.name, limitMs, end: { code: end.code, message: end.message } };
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body, receiptHandle, attributes } of event.Records) {
    const { ApproximateReceiveCount: count, MessageGroupId: owner } = attributes;
    const delivered = await queue.deliver({ body, receiptHandle, count: Number(count), owner });
    if (delivered === null) continue;
    const { delivery, isForgotten } = watchDelivery(delivered);
    // Lambda holds a message for as long as the function may run; a job whose worker dies should come back sooner.
    const isHeld = await delivery.extend().catch((error: unknown) => (onError(error), true));
    jobs.begin({ id: delivery.job.id, ...watched });
    const running = isHeld ? loggedRun(worker, delivery, log, config.VITCX_METRICS) : Promise.resolve(undefined);
    const outcome = await running.catch(onError).finally(jobs.end);
    // Another environment takes its place, without the step that never ends.
    if (outcome === "hung") process.exit(1);
    // Lambda forgets what is not reported.
    if (!isForgotten()) batchItemFailures.push({ itemIdentifier: messageId });
  }
  clearTimeout(timer);
  return { batchItemFailures };
}

/** Each attempt starts over and would take as long, so there is no other. */
function outOfTime(ms: number): CodedError {
  const minutes = Math.round(ms / 60_000);
  return new CodedError(
    "OUT_OF_TIME",
    `The explanation did not end within the ${minutes} minutes that a worker has for it here. Ask for less (a larger \`delta\`, fewer \`noiseDraws\`, a smaller \`count\`, fewer metrics), or deploy workers with a GPU, which have no such limit.`,
  );
}
