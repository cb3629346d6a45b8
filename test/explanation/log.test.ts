import { expect, test } from "vitest";
import type { EventPayload } from "../../lib/explanation/log/events.ts";
import { fold } from "../../lib/explanation/log/fold.ts";
import { eventsAfter } from "../../lib/explanation/log/follow.ts";
import { keys } from "../../lib/explanation/keys.ts";
import { append, readLog } from "../../lib/explanation/log/log.ts";
import { getExplanation } from "../../lib/explanation/log/read.ts";
import { isFinished } from "../../lib/explanation/log/events.ts";
import { run } from "../../lib/explanation/run/run.ts";
import { measurementsOf } from "../../lib/explanation/results/measurements.ts";
import { historyPage } from "../../lib/explanation/log/history.ts";
import { submit } from "../../lib/explanation/request/submit.ts";
import { submission } from "./requests.ts";
import { noted, queued } from "./jobs.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

const time = "2026-11-27T12:00:00.000Z";
const newer = { kind: "ATTENDED", heads: 12, time };
const cat = { index: 2, label: "cat", probability: 0.9 };

/** The lines of an explanation's log. */
async function linesOf({ deps }: Workshop, id: string): Promise<string[]> {
  const { bytes } = (await deps.store.get(keys.log(id)))!;
  return new TextDecoder().decode(bytes).trimEnd().split("\n");
}

/** Puts lines in place of a log, as text or as what JSON writes. */
async function rewrite({ deps }: Workshop, id: string, lines: readonly (string | object)[]): Promise<void> {
  const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  await deps.store.put(keys.log(id), new TextEncoder().encode(texts.map((text) => `${text}\n`).join("")));
}

test("every kind of event is read as it was written", async () => {
  const workshop = await openWorkshop();
  const curve = { shares: [0, 1], probabilities: [0.9, 0.1] };
  const events: EventPayload[] = [
    { kind: "STARTED", worker: "w" },
    { kind: "RELEASED", reason: "STOPPING" },
    { kind: "CLASSIFIED", predictions: [cat], target: cat },
    { kind: "CLUSTERED", maps: 8, clusterSizes: [5, 3], meanSimilarity: 0.5 },
    { kind: "SCORED", done: 1, total: 2, map: { width: 1, height: 1, values: "AA==" } },
    { kind: "MAPPED", thumbnail: true },
    { kind: "MEASURING", metric: "SACO", done: 1, total: 10 },
    { kind: "MEASURED", measurement: { metric: "DELETION", value: 0.5, curve } },
    { kind: "MEASURED", measurement: { metric: "LOCALISATION", value: 0, box: null } },
    { kind: "FAILED", code: "INTERNAL", message: "It broke." },
    { kind: "CANCELED" },
    { kind: "SUCCEEDED" },
  ];
  const id = await queued(workshop, ...events);
  const read = (await readLog(workshop.deps.store, id))!.events;
  expect(read.slice(1)).toEqual(events.map((event) => ({ ...event, time: expect.any(String) })));
  expect(read[0]).toMatchObject({ kind: "QUEUED", version: 2, request: { method: "VIT_CX", owner: "local" } });
});

test("a log of before, which says no version and calls the request a question, is read", async () => {
  const workshop = await openWorkshop();
  const id = await queued(workshop);
  const [{ request, version: _, ...rest }] = (await linesOf(workshop, id)).map((line) => JSON.parse(line));
  await rewrite(workshop, id, [{ ...rest, question: request }]);
  expect((await getExplanation(workshop.deps, "local", id)).request).toEqual(request);
});

test("an event that only a newer version knows is passed over, keeps its place, and stays as it was written", async () => {
  const workshop = await openWorkshop();
  const id = await queued(workshop, { kind: "STARTED", worker: "w" });
  const before = await linesOf(workshop, id);
  const measured = { kind: "MEASURED", measurement: { metric: "ENTROPY", value: 1 }, time };
  const added = { ...(JSON.parse(before[1]!) as object), accelerator: "gpu" };
  await rewrite(workshop, id, [before[0]!, newer, added, measured]);
  const log = (await readLog(workshop.deps.store, id))!;
  const written = (await append(workshop.deps.store, log, { kind: "MAPPED" }))!;
  expect((await linesOf(workshop, id)).slice(0, 4)).toEqual([
    before[0],
    ...[newer, added, measured].map((each) => JSON.stringify(each)),
  ]);

  expect(eventsAfter(written, 1).map(({ sequence, event }) => [sequence, event.kind])).toEqual([
    [3, "STARTED"],
    [5, "MAPPED"],
  ]);
  expect(fold(written)).toMatchObject({ status: "RUNNING", attempts: 1 });
  expect(measurementsOf(fold(written))).toEqual([]);
});

test("a log is finished, whatever a newer version has written after its end", async () => {
  const workshop = await openWorkshop();
  const id = await queued(workshop, { kind: "SUCCEEDED" });
  await rewrite(workshop, id, [...(await linesOf(workshop, id)), newer]);
  const log = (await readLog(workshop.deps.store, id))!;
  expect([isFinished(log), fold(log).status]).toEqual([true, "SUCCEEDED"]);
});

test.each<[string, (lines: string[]) => (string | object)[], RegExp]>([
  ["a line that is cut off", ([first = ""]) => [first, '{"kind":"STAR'], /: line 2 is not JSON\.$/],
  ["an empty file", () => [""], /: line 1 is not JSON\.$/],
  ["a line that is no event", ([first = ""]) => [first, "{}"], /: line 2 is not an event with a kind and a time\.$/],
  [
    "an event without its content",
    ([first = ""]) => [first, { kind: "STARTED", time }],
    /: line 2 is a STARTED event whose worker is wrong: /,
  ],
  [
    "wrong content, deep inside",
    ([first = ""]) => [first, { kind: "SCORED", done: 1, total: 2, map: { width: "1", height: 1, values: "" }, time }],
    /line 2 is a SCORED event whose map\.width is wrong: /,
  ],
  ["no beginning", () => [{ kind: "STARTED", worker: "w", time }], /: it does not begin with a QUEUED event\.$/],
  [
    "a request without its image",
    ([first = ""]) => {
      const { request, ...queuedEvent } = JSON.parse(first) as { request: object };
      return [{ ...queuedEvent, request: { ...request, image: null } }];
    },
    /: line 1 is a QUEUED event whose request\.image is wrong: /,
  ],
])("%s is a log that is damaged, and its job is given up", async (_, damage, message) => {
  const workshop = await openWorkshop();
  const id = await queued(workshop);
  await rewrite(workshop, id, damage(await linesOf(workshop, id)));
  const error = expect.objectContaining({ code: "LOG_DAMAGED", message: expect.stringMatching(message) });
  await expect(getExplanation(workshop.deps, "local", id)).rejects.toEqual(error);

  const delivery = noted(id);
  expect(await run(workshop.worker, delivery)).toBe("done");
  expect(delivery.calls).toEqual(["reject"]);
  expect(workshop.errors).toEqual([error]);
});

test("A job of a newer version is left to a worker of that version, whether its log or its algorithm is newer", async () => {
  for (const change of [{ version: 3 }, { algorithmVersion: 3 }]) {
    const workshop = await openWorkshop();
    const id = await queued(workshop);
    const [first = ""] = await linesOf(workshop, id);
    const { request, ...rest } = JSON.parse(first) as { request: object };
    const line = "version" in change ? { ...rest, ...change, request } : { ...rest, request: { ...request, ...change } };
    await rewrite(workshop, id, [line]);
    const delivery = noted(id);
    expect(await run(workshop.worker, delivery)).toBe("released");
    expect(delivery.calls).toEqual(["postpone 30000"]);
    expect(await linesOf(workshop, id)).toEqual([JSON.stringify(line)]);
  }
});

test("An explanation whose log is damaged stands in the list as such, and is made again when it is asked for again", async () => {
  const workshop = await openWorkshop();
  const { id } = await submit(workshop.deps, await submission(1));
  const other = await submit(workshop.deps, await submission(2));
  await rewrite(workshop, id, ["{"]);
  const { items, damaged } = await historyPage(workshop.deps, "local", 10, undefined);
  expect(items.map(({ explanation }) => explanation.id)).toEqual([other.id]);
  expect(damaged).toMatchObject([{ id, error: { code: "LOG_DAMAGED", message: expect.stringContaining("line 1 is not JSON") } }]);

  expect(await submit(workshop.deps, await submission(1))).toMatchObject({ id, status: "QUEUED" });
  const again = await historyPage(workshop.deps, "local", 10, undefined);
  expect(again.items.map(({ explanation }) => explanation.id)).toEqual([id, other.id]);
  expect(again.damaged).toEqual([]);
  expect(await workshop.keys()).toContain(`explanations/${id}/events.damaged.ndjson`);
});
