import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { resultFileNames } from "../../lib/explanation/results/summary.ts";
import { countOf, workerPids } from "./client.ts";
import { downloadMap, meanInside, meanOutside, objects } from "./maps.ts";
import { example, openPlace } from "./place.ts";
import { first } from "../first.ts";

const place = await openPlace(afterAll);
const { client, server } = await place.startService();

test("tells each step once and in order, and leaves all the files", async () => {
  const id = await client.explainImage(example("crab.png"));
  const events = await client.followToEnd(id);
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
  const kinds = events.map(({ kind }) => kind).filter((kind) => kind !== "ScoredEvent");
  expect(kinds).toEqual(["QueuedEvent", "StartedEvent", "ClassifiedEvent", "ClusteredEvent", "MappedEvent", "SucceededEvent"]);
  const last = events.findLast(({ kind }) => kind === "ScoredEvent")!;
  expect(last.done).toBe(last.total);

  const { explanation } = await client.ask<{
    explanation: { status: string; target: { label: string }; files: { name: string; url: string }[] };
  }>("query ($id: ID!) { explanation(id: $id) { status target { label } files { name url } } }", { id });
  expect(explanation).toMatchObject({ status: "SUCCEEDED", target: { label: "crab" } });
  expect(explanation.files.map(({ name }) => name)).toEqual(resultFileNames("VIT_CX"));
  for (const { url } of explanation.files) expect((await client.download(url)).length).toBeGreaterThan(0);
});

test("the map's heat is on the object", async () => {
  const id = await client.explainImage(example("crab.png"));
  await client.followToEnd(id);
  const { map, pictures } = await downloadMap(client, id, "crab");
  const { box } = objects["crab.png"]![0]!;
  expect(map.shape).toEqual([224, 224]);
  expect(meanInside(map, box)).toBeGreaterThan(1.2 * meanOutside(map, box));
  for (const picture of pictures) expect(String.fromCharCode(...picture.subarray(0, 8))).toBe("\x89PNG\r\n\x1a\n");
});

test("one run explains both of two objects: each class has its heat in its own box", async () => {
  const id = await client.explainImage(example("key-octopus.png"));
  const events = await client.followToEnd(id);
  const [one, other] = first(2, objects["key-octopus.png"]!);
  const { map: mapOfOne } = await downloadMap(client, id, one.label);
  const { map: mapOfOther } = await downloadMap(client, id, other.label);
  expect(meanInside(mapOfOne, one.box)).toBeGreaterThan(meanInside(mapOfOne, other.box));
  expect(meanInside(mapOfOther, other.box)).toBeGreaterThan(meanInside(mapOfOther, one.box));
  expect(await client.followToEnd(id)).toEqual(events);
});

test("several workers on one folder do all the jobs, and each of them once", async () => {
  const workers = [server, place.start("functions/worker.ts"), place.start("functions/worker.ts")];
  await Promise.all(workers.map((worker) => worker.printed(/"msg":"ready"/)));

  const seeds = Array.from({ length: 8 }, (_, i) => i + 1);
  const ids = await Promise.all(
    seeds.map((seed) => client.explainImage(example("cactus-pizza.png"), { method: { vitCx: { seed } } })),
  );
  expect(new Set(ids).size).toBe(seeds.length);
  const logs = await Promise.all(ids.map((id) => client.followToEnd(id)));
  for (const events of logs) {
    expect(countOf(events, "StartedEvent")).toBe(1);
    expect(countOf(events, "SucceededEvent")).toBe(1);
  }
  expect(new Set(logs.flatMap(workerPids)).size).toBeGreaterThan(1);
  await expect.poll(() => readdir(join(place.folder, "queue", "messages"))).toEqual([]);
  expect(await readdir(join(place.folder, "queue", "dead"))).toEqual([]);
});
