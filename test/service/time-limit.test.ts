import { expect, test } from "vitest";
import { workerPids } from "./client.ts";
import { example, long, openPlace } from "./place.ts";

test("a pass that never ends costs one job its time: it ends TIMED_OUT, and the next job is done", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  // Blocks the thread for good at SIGUSR2, as a pass of a model with an endless loop would.
  const code = 'process.on("SIGUSR2", () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))';
  const hang = `data:text/javascript,${encodeURIComponent(code)}`;
  const { client } = await place.startService({ VITCX_JOB_SECONDS: "3", NODE_OPTIONS: `--import ${hang}` });
  const id = await client.explainImage(example("crab.png"), long);
  const [worker] = workerPids(await client.followIntoTheMiddle(id));
  process.kill(worker!, "SIGUSR2");
  const events = await client.followToEnd(id);
  expect(events.filter(({ kind }) => kind === "FailedEvent")).toHaveLength(1);
  const { explanation } = await client.ask<{ explanation: object }>(
    `{ explanation(id: "${id}") { status attempts error { code message } } }`,
  );
  expect(explanation).toMatchObject({
    status: "FAILED",
    attempts: 1,
    error: {
      code: "TIMED_OUT",
      message: expect.stringMatching(/^The explanation did not end within 3 s, .+\(VITCX_JOB_SECONDS\)/),
    },
  });
  const next = await client.explainImage(example("key-octopus.png"));
  expect((await client.followToEnd(next)).at(-1)?.kind).toBe("SucceededEvent");
});
