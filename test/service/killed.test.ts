import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { resultFileNames } from "../../lib/explanation/results/summary.ts";
import { countOf, workerPids } from "./client.ts";
import { example, long, openPlace } from "./place.ts";

test.concurrent("a job outlives its worker: done again, once, to the same bytes", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const { client } = await place.startService({ VITCX_LEASE_SECONDS: "2" });
  const id = await client.explainImage(example("crab.png"), long);
  const before = await client.followIntoTheMiddle(id);
  process.kill(workerPids(before)[0]!, "SIGKILL");

  // Undisturbed, and without a server or a queue: the command line.
  const folder = join(place.folder, "undisturbed");
  const args = [fileURLToPath(example("crab.png")), "--delta", String(long.method.vitCx.delta), "--out", folder];
  expect(await place.vitcx("explain", args).ended).toBe(0);

  const events = await client.followToEnd(id);
  expect(events.slice(0, before.length)).toEqual(before);
  expect(countOf(events, "StartedEvent")).toBe(2);
  expect(new Set(workerPids(events)).size).toBe(2);
  expect(countOf(events, "SucceededEvent")).toBe(1);
  for (const name of resultFileNames("VIT_CX").filter((name) => name !== "explanation.json")) {
    const bytes = await client.download(`/files/explanations/${id}/${name}`);
    expect(Buffer.compare(bytes, await readFile(join(folder, name))), name).toBe(0);
  }
});

test.concurrent("a job outlives its server, and a subscriber that comes back sees each event once", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  const first = await place.startService();
  const id = await first.client.explainImage(example("crab.png"), long);
  const seen = await first.client.followIntoTheMiddle(id);
  first.server.kill("SIGKILL");

  const second = await place.startService();
  const rest = await second.client.followToEnd(id, seen[seen.length - 1]!.sequence);
  const events = [...seen, ...rest];
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
  expect(countOf(events, "SucceededEvent")).toBe(1);
  expect(rest.at(-1)?.kind).toBe("SucceededEvent");
  // It ends with the last of the processes that it started: the orphaned worker has gone by itself.
  expect(await first.server.ended).toBe(null);
});
