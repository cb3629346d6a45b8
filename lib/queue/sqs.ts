import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  SQSServiceException,
} from "@aws-sdk/client-sqs";
import type { Delivery, Job, JobQueue } from "./job-queue.ts";

export interface SqsOptions {
  readonly url: string;
  /** The queue of dead letters, where rejected jobs go. SQS's own redrive policy is only there for jobs that nobody rejects. */
  readonly deadLetterUrl: string;
  /** How long a worker holds a job without extending: milliseconds, rounded up to whole seconds, at most 12 hours. */
  readonly leaseMs: number;
}

/** A message of SQS as a worker holds it. */
export interface Message {
  readonly body: string;
  readonly receiptHandle: string;
  /** How often it was handed out. */
  readonly count: number;
}

/** A JobQueue of SQS, which can also take over a message that somebody else has received from it (Lambda does). */
export interface SqsQueue extends JobQueue {
  deliver(message: Message): Delivery;
}

/** The longest that SQS lets a receive wait. */
const RECEIVE_SECONDS = 20;

/** Milliseconds after which a request is taken for lost; longer than a receive waits. */
const TIMEOUTS = { connectionTimeout: 5000, requestTimeout: 30_000 };

/** A queue of SQS; credentials and region are the environment's. */
export function sqsQueue({ url, deadLetterUrl, leaseMs: least }: SqsOptions): SqsQueue {
  const client = new SQSClient({ endpoint: new URL(url).origin, requestHandler: TIMEOUTS });
  const leaseSeconds = Math.ceil(least / 1000);
  const leaseMs = leaseSeconds * 1000;

  async function send(job: Job): Promise<void> {
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(job) }));
  }

  async function receive(signal: AbortSignal): Promise<Delivery | null> {
    if (signal.aborted) return null;
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 1,
      WaitTimeSeconds: RECEIVE_SECONDS,
      VisibilityTimeout: leaseSeconds,
      MessageSystemAttributeNames: ["ApproximateReceiveCount"],
    });
    try {
      const { Messages: [message] = [] } = await client.send(command, { abortSignal: signal });
      if (message === undefined) return null;
      const { Body: body = "", ReceiptHandle: receiptHandle = "", Attributes } = message;
      return deliver({ body, receiptHandle, count: Number(Attributes?.ApproximateReceiveCount) });
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  }

  function deliver({ body, receiptHandle, count }: Message): Delivery {
    const receipt = { QueueUrl: url, ReceiptHandle: receiptHandle };
    /** SQS lets a message be deleted by a receipt that is no longer the last one, so the lease is kept here. */
    let heldUntil = performance.now() + leaseMs;
    let last: Promise<unknown> = Promise.resolve();

    /** One after the other, so that an `extend` on its way cannot undo a `release`. `holdsMs` is how long the job is held then. */
    function inTurn(step: () => Promise<unknown>, holdsMs: number): Promise<boolean> {
      const turn = last.then(async () => {
        const begun = performance.now();
        if (begun >= heldUntil) return false;
        try {
          await step();
          heldUntil = begun + holdsMs;
          return true;
        } catch (error) {
          if (!isLost(error)) throw error;
          heldUntil = 0;
          return false;
        }
      });
      last = turn.catch(() => undefined);
      return turn;
    }

    const showIn = (seconds: number) =>
      client.send(new ChangeMessageVisibilityCommand({ ...receipt, VisibilityTimeout: seconds }));
    const forget = () => client.send(new DeleteMessageCommand(receipt));
    return {
      job: JSON.parse(body) as Job,
      count,
      extend: () => inTurn(() => showIn(leaseSeconds), leaseMs),
      done: () => inTurn(forget, 0),
      release: (delayMs = 0) => inTurn(() => showIn(Math.ceil(delayMs / 1000)), 0),
      reject: () =>
        inTurn(async () => {
          await client.send(new SendMessageCommand({ QueueUrl: deadLetterUrl, MessageBody: body }));
          await forget();
        }, 0),
    };
  }

  return { leaseMs, send, receive, deliver };
}

/** Whether the message is no longer the holder's: its lease ended, or it is gone. */
function isLost(error: unknown): boolean {
  const names = ["MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue"];
  return error instanceof SQSServiceException && names.includes(error.name);
}
