import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { Client } from "./client.ts";
import { example, openPlace } from "./place.ts";

test("a server without a worker queues, and a worker that is started by itself explains", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const server = place.vitcx("serve", ["--no-worker"]);
  const client = new Client((await server.printed(/listens on (\S+)/))[1]!);
  const id = await client.explainImage(example("crab.png"));
  const status = async () => {
    const query = "query ($id: ID!) { explanation(id: $id) { status } }";
    return (await client.ask<{ explanation: { status: string } }>(query, { id })).explanation.status;
  };
  // As long as a worker beside it would need to start, twice over.
  await setTimeout(6000);
  expect(await status()).toBe("QUEUED");

  const worker = place.vitcx("worker");
  expect((await client.followToEnd(id)).at(-1)?.kind).toBe("SucceededEvent");
  for (const each of [server, worker]) each.kill("SIGTERM");
  expect(await Promise.all([server.ended, worker.ended])).toEqual([0, 0]);
});
