import { createHash, randomUUID } from "node:crypto";
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sqsQueue } from "../../lib/queue/sqs.ts";
import { useTestCredentials } from "../aws/buckets.ts";
import { type LocalAws, startLocalAws } from "../aws/local-aws.ts";
import { serve } from "../aws/silent-server.ts";
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
  return { queue: open(url), dead: open(deadLetterUrl), url, deadUrl: deadLetterUrl };
};
const soon = () => AbortSignal.timeout(10_000);

jobQueueContract("sqsQueue on fauxqs", async () => ({ queue: (await newQueue()).queue, cleanup: async () => {} }));

test("puts a rejected job with the dead letters", async () => {
  const { queue, dead } = await newQueue();
  await queue.send({ id: "a" }, "ann");
  expect(await (await queue.receive(soon()))?.reject()).toBe(true);
  expect((await dead.receive(soon()))?.job).toEqual({ id: "a" });
});

test("leaves it to SQS to give up a job that is handed out again and again and never rejected", async () => {
  const { queue, dead } = await newQueue(3);
  await queue.send({ id: "a" }, "ann");
  for (const count of [1, 2, 3]) {
    const delivery = await queue.receive(soon());
    expect(delivery?.count).toBe(count);
    await delivery?.release();
  }
  expect(await queue.receive(AbortSignal.timeout(300))).toBeNull();
  expect((await dead.receive(soon()))?.job).toEqual({ id: "a" });
});

test("takes over a message that somebody else has received", async () => {
  const { queue } = await newQueue();
  const delivery = await queue.deliver({ body: '{"id":"a"}', receiptHandle: "gone", count: 2, owner: "ann" });
  expect(delivery).toMatchObject({ job: { id: "a" }, count: 2 });
  expect(await delivery?.extend()).toBe(false);
});

test.each(["not JSON", "{}", '{"id":7}', "[]", "null"])(
  "puts a message that is no job with the dead letters: %s",
  async (body) => {
    const { queue, dead, url, deadUrl } = await newQueue();
    const client = new SQSClient({ endpoint: aws.endpoint });
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
    await queue.send({ id: "a" }, "ann");
    const received = [await queue.receive(soon()), await queue.receive(soon())];
    expect(received.map((delivery) => delivery?.job)).toEqual(expect.arrayContaining([undefined, { id: "a" }]));
    expect(await dead.receive(AbortSignal.timeout(300))).toBeNull();
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl: deadUrl, VisibilityTimeout: 0 }));
    expect(Messages?.map(({ Body }) => Body)).toEqual([body]);
  },
);

test("sends every job in its owner's message group", async () => {
  const bodies: Record<string, unknown>[] = [];
  const server = await serve((body) => {
    bodies.push(JSON.parse(body) as Record<string, unknown>);
    return JSON.stringify({
      MessageId: "1",
      MD5OfMessageBody: createHash("md5")
        .update(String(bodies.at(-1)!["MessageBody"]))
        .digest("hex"),
    });
  });
  const url = `${server.origin}/000000000000/jobs`;
  const queue = sqsQueue({ url, deadLetterUrl: url, leaseMs: 1000 });
  await queue.send({ id: "a" }, "ann");
  await queue.send({ id: "b" }, "bob");
  expect(bodies.map((body) => body["MessageGroupId"])).toEqual(["ann", "bob"]);
});

test("does not wait for a server that never answers, and asks again", async () => {
  let requests = 0;
  const server = await serve((body) => {
    const { MessageBody } = JSON.parse(body) as { MessageBody: string };
    return requests++ === 0
      ? null
      : JSON.stringify({ MessageId: "1", MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex") });
  });
  const url = `${server.origin}/000000000000/jobs`;
  const begun = performance.now();
  await sqsQueue({ url, deadLetterUrl: url, leaseMs: 1000, timeoutMs: 300 }).send({ id: "a" }, "ann");
  expect(requests).toBe(2);
  expect(performance.now() - begun).toBeGreaterThan(290);
});

test("holds jobs for whole seconds", () => {
  expect(sqsQueue({ url: "http://localhost/q", deadLetterUrl: "http://localhost/d", leaseMs: 1200 }).leaseMs).toBe(2000);
});
