import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  SQSServiceException,
} from "@aws-sdk/client-sqs";
import pLimit from "p-limit";
import { type Delivery, type Job, type JobQueue, parseJob } from "./job-queue.ts";

export interface SqsOptions {
  readonly url: string;
  /** The queue of dead letters, where rejected jobs go. SQS's own redrive policy is only there for jobs that nobody rejects. */
  readonly deadLetterUrl: string;
  /** How long a worker holds a job without extending: milliseconds, rounded up to whole seconds, at most 12 hours. */
  readonly leaseMs: number;
  /** Milliseconds without a byte after which a request is taken for lost. Default 30,000, which is more than a receive waits. */
  readonly timeoutMs?: number;
}

/** A message of SQS as a worker holds it. */
export interface Message {
  readonly body: string;
  readonly receiptHandle: string;
  /** How often it was handed out. */
  readonly count: number;
  /** Whose job it is; undefined of a message that an earlier version sent. */
  readonly owner: string | undefined;
}

/** A JobQueue of SQS, which can also take over a message that somebody else has received from it (Lambda does). */
export interface SqsQueue extends JobQueue {
  /** Null where the message is no job; then it is with the dead letters. */
  deliver(message: Message): Promise<Delivery | null>;
}

/** The longest that SQS lets a receive wait. */
const RECEIVE_SECONDS = 20;

/** A queue of SQS; credentials and region are the environment's. */
export function sqsQueue({ url, deadLetterUrl, leaseMs: least, timeoutMs = 30_000 }: SqsOptions): SqsQueue {
  const client = new SQSClient({
    endpoint: new URL(url).origin,
    // Without `throwOnRequestTimeout` the SDK only warns.
    requestHandler: {
      connectionTimeout: Math.min(5000, timeoutMs),
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: timeoutMs,
    },
  });
  const leaseSeconds = Math.ceil(least / 1000);
  const leaseMs = leaseSeconds * 1000;

  /** A standard queue with message groups is a fair queue: a group with many messages delays its own. */
  async function send(job: Job, owner: string): Promise<void> {
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(job), MessageGroupId: owner }));
  }

  /** SQS counts how often it hands out a message, and moves one that comes back too often to the dead letters: a new one starts over. */
  async function sendCopy({ body, owner }: Message, delayMs: number): Promise<void> {
    const DelaySeconds = Math.ceil(delayMs / 1000);
    const MessageGroupId = owner ?? "unknown";
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body, MessageGroupId, DelaySeconds }));
  }

  async function receive(signal: AbortSignal): Promise<Delivery | null> {
    if (signal.aborted) return null;
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 1,
      WaitTimeSeconds: RECEIVE_SECONDS,
      VisibilityTimeout: leaseSeconds,
      MessageSystemAttributeNames: ["ApproximateReceiveCount", "MessageGroupId"],
    });
    try {
      const { Messages: [message] = [] } = await client.send(command, { abortSignal: signal });
      if (message === undefined) return null;
      const { Body: body = "", ReceiptHandle: receiptHandle = "", Attributes } = message;
      const { ApproximateReceiveCount: count, MessageGroupId: owner } = Attributes ?? {};
      return await deliver({ body, receiptHandle, count: Number(count), owner });
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  }

  async function deliver(message: Message): Promise<Delivery | null> {
    const { body, receiptHandle, count } = message;
    const receipt = { QueueUrl: url, ReceiptHandle: receiptHandle };
    const forget = () => client.send(new DeleteMessageCommand(receipt));
    const bury = async () => {
      await client.send(new SendMessageCommand({ QueueUrl: deadLetterUrl, MessageBody: body }));
      await forget();
    };
    const job = parseJob(body);
    if (job === null) {
      await bury();
      return null;
    }
    /** SQS lets a message be deleted by a receipt that is no longer the last one, so the lease is kept here. */
    let heldUntil = performance.now() + leaseMs;
    const limit = pLimit(1);

    /** One after the other, so that an `extend` on its way cannot undo a `release`. `holdsMs` is how long the job is held then. */
    function inTurn(step: () => Promise<unknown>, holdsMs: number): Promise<boolean> {
      return limit(async () => {
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
    }

    const showIn = (seconds: number) =>
      client.send(new ChangeMessageVisibilityCommand({ ...receipt, VisibilityTimeout: seconds }));
    return {
      job,
      count,
      extend: () => inTurn(() => showIn(leaseSeconds), leaseMs),
      done: () => inTurn(forget, 0),
      release: (delayMs = 0) => inTurn(() => showIn(Math.ceil(delayMs / 1000)), 0),
      postpone: (delayMs) => inTurn(() => sendCopy(message, delayMs).then(forget), 0),
      reject: () => inTurn(bury, 0),
    };
  }

  return { leaseMs, send, receive, deliver };
}

/** Whether the message is no longer the holder's: its lease ended, or it is gone. */
function isLost(error: unknown): boolean {
  const names = ["MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue"];
  return error instanceof SQSServiceException && names.includes(error.name);
}
