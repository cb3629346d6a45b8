import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { LogEvent } from "../../lib/explanation/log/events.ts";
import { countOf, workerPids } from "./client.ts";
import { example, long, openPlace } from "./place.ts";

const place = await openPlace(afterAll);
const { client, server } = await place.startService();

test("a job that is cancelled stops, and its worker goes on to the next", async () => {
  const id = await client.explainImage(example("hamburger.png"), long);
  await client.followIntoTheMiddle(id);
  await client.ask("mutation ($id: ID!) { cancelExplanation(id: $id) { status } }", { id });
  const next = await client.explainImage(example("cactus-pizza.png"));

  const nextEvents = await client.followToEnd(next);
  const events = await client.followToEnd(id);
  expect(events.at(-1)?.kind).toBe("CanceledEvent");
  expect(countOf(events, "MappedEvent")).toBe(0);
  expect(nextEvents.at(-1)?.kind).toBe("SucceededEvent");
  expect(workerPids(nextEvents)).toEqual(workerPids(events));
});

test("a worker that has to stop gives its job back, and another does it", async () => {
  const id = await client.explainImage(example("crab.png"), long);
  const before = await client.followIntoTheMiddle(id);
  process.kill(workerPids(before)[0]!, "SIGTERM");
  await server.printed(/"code":0,"signal":null,"msg":"the worker has ended/);

  const events = await client.followToEnd(id);
  expect(events.find(({ kind }) => kind === "ReleasedEvent")?.reason).toBe("STOPPING");
  expect(countOf(events, "StartedEvent")).toBe(2);
  expect(countOf(events, "SucceededEvent")).toBe(1);
});

test("Ctrl-C ends the server and its worker, which gives its job back", async () => {
  const id = await client.explainImage(example("mushroom.png"), long);
  await client.followIntoTheMiddle(id);
  // A terminal sends it to the whole process group.
  process.kill(-server.pid, "SIGINT");
  expect(await server.ended).toBe(0);

  const log = await readFile(join(place.folder, "store", "explanations", id, "events.ndjson"), "utf8");
  const last = JSON.parse(log.trimEnd().split("\n").at(-1)!) as LogEvent;
  expect(last).toMatchObject({ kind: "RELEASED", reason: "STOPPING" });
});
