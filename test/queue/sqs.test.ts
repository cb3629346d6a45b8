import { randomUUID } from "node:crypto";
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sqsQueue } from "../../lib/queue/sqs.ts";
import { useTestCredentials } from "../aws/buckets.ts";
import { type LocalAws, startLocalAws } from "../aws/local-aws.ts";
import { jobQueueContract } from "./job-queue.contract.ts";

let aws: LocalAws;
beforeAll(async () => {
  useTestCredentials();
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

const newQueue = async (maxReceives = 100) => {
  const { url, deadLetterUrl } = await aws.createQueue(`jobs-${randomUUID()}`, maxReceives);
  const open = (url: string) => sqsQueue({ url, deadLetterUrl, leaseMs: 1000 });
  return { queue: open(url), dead: open(deadLetterUrl) };
};
const soon = () => AbortSignal.timeout(10_000);

jobQueueContract("sqsQueue on fauxqs", async () => ({ queue: (await newQueue()).queue, cleanup: async () => {} }));

test("puts a rejected job with the dead letters", async () => {
  const { queue, dead } = await newQueue();
  await queue.send({ id: "a" });
  expect(await (await queue.receive(soon()))?.reject()).toBe(true);
  expect((await dead.receive(soon()))?.job).toEqual({ id: "a" });
});

test("leaves it to SQS to give up a job that is handed out again and again and never rejected", async () => {
  const { queue, dead } = await newQueue(3);
  await queue.send({ id: "a" });
  for (const count of [1, 2, 3]) {
    const delivery = await queue.receive(soon());
    expect(delivery?.count).toBe(count);
    await delivery?.release();
  }
  expect(await queue.receive(AbortSignal.timeout(300))).toBeNull();
  expect((await dead.receive(soon()))?.job).toEqual({ id: "a" });
});

test.each(["no JSON", "[]", '{"id":7}'])("puts the message %j, which is no job, with the dead letters", async (body) => {
  const { url, deadLetterUrl } = await aws.createQueue(`jobs-${randomUUID()}`, 100);
  const client = new SQSClient({ endpoint: new URL(url).origin });
  await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
  const queue = sqsQueue({ url, deadLetterUrl, leaseMs: 1000 });
  expect(await queue.receive(soon())).toBeNull();
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl: deadLetterUrl }));
  expect(Messages?.map((message) => message.Body)).toEqual([body]);
  expect(() => queue.deliver({ body, receiptHandle: "", count: 1 })).toThrow("Expected a message");
});

test("takes over a message that somebody else has received", async () => {
  const { queue } = await newQueue();
  expect(await queue.deliver({ body: '{"id":"a"}', receiptHandle: "gone", count: 2 }).extend()).toBe(false);
  expect(queue.deliver({ body: '{"id":"a"}', receiptHandle: "gone", count: 2 })).toMatchObject({ job: { id: "a" }, count: 2 });
});

test("holds jobs for whole seconds", () => {
  expect(sqsQueue({ url: "http://localhost/q", deadLetterUrl: "http://localhost/d", leaseMs: 1200 }).leaseMs).toBe(2000);
});
