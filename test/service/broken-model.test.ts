import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { countOf } from "./client.ts";
import { example, openPlace } from "./place.ts";

test("A worker that fails at two jobs in a row gives way to a new one, and the job that none can do ends with its reason", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  const models = join(place.folder, "models");
  await cp("models/emoji-vit", join(models, "emoji-vit"), { recursive: true });
  const { client, server } = await place.startService({ VITCX_MODELS: models });
  await server.printed(/"msg":"ready"/);
  const weights = join(models, "emoji-vit/model.onnx");
  const whole = await readFile(weights);
  await writeFile(weights, whole.subarray(0, 1000));

  const id = await client.explainImage(example("crab.png"));
  const events = await client.followToEnd(id);
  expect([countOf(events, "StartedEvent"), countOf(events, "ReleasedEvent"), countOf(events, "FailedEvent")]).toEqual([3, 2, 1]);
  const query = "query ($id: ID!) { explanation(id: $id) { error { code message } } }";
  expect(await client.ask(query, { id })).toMatchObject({
    explanation: { error: { code: "MODEL_UNUSABLE", message: expect.stringContaining("SHA-256") } },
  });
  // After the second attempt another process has made the third.
  const workers = new Set(events.flatMap(({ worker }) => worker ?? []));
  expect(workers.size).toBe(2);
  expect(server.errors()).toContain("the worker has ended; starting another");

  await writeFile(weights, whole);
  const again = await client.followToEnd(await client.explainImage(example("crab.png")));
  expect(countOf(again, "SucceededEvent")).toBe(1);
});
