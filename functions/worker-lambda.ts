import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { pino } from "pino";
import { run } from "../lib/explanation/run.ts";
import { openDesk, openSqs } from "./adapters.ts";
import { classifiers } from "./classifiers.ts";
import { readConfig } from "./config.ts";
import { watchDelivery } from "./watched-delivery.ts";

/** The worker as a Lambda function that an SQS queue feeds, for stages without a GPU. */
const config = readConfig();
const log = pino({ name: "worker" }, pino.destination(2));
const desk = await openDesk(config);
const queue = await openSqs(config);
const openClassifier = classifiers(config, log);
const onError = (error: unknown) => log.error(error);

/** What is left of an invocation's time for the batch in hand, and for giving the job back. */
const FAREWELL_MS = 60_000;

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const stop = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - FAREWELL_MS));
  const worker = { ...desk, name: context.logStreamName, openClassifier, stop, onError };
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body, receiptHandle, attributes } of event.Records) {
    const { delivery, isForgotten } = watchDelivery(
      queue.deliver({ body, receiptHandle, count: Number(attributes.ApproximateReceiveCount) }),
    );
    // Lambda holds a message for as long as the function may run; a job whose worker dies should come back sooner.
    if (await delivery.extend()) await run(worker, delivery);
    // Lambda forgets what is not reported.
    if (!isForgotten()) batchItemFailures.push({ itemIdentifier: messageId });
  }
  return { batchItemFailures };
}
