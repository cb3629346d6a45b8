import { expect, test, vi } from "vitest";
import { cancel } from "../../lib/explanation/log/cancel.ts";
import { follow } from "../../lib/explanation/log/follow.ts";
import { keys } from "../../lib/explanation/keys.ts";
import { historyPage } from "../../lib/explanation/log/history.ts";
import { findExplanation, getExplanation } from "../../lib/explanation/log/read.ts";
import { run } from "../../lib/explanation/run/run.ts";
import { submit } from "../../lib/explanation/request/submit.ts";
import type { ObjectStore } from "../../lib/storage/object-store.ts";
import { submission } from "./requests.ts";
import { holdAtProbe } from "./scripted-classifier.ts";
import { later, openWorkshop } from "./workshop.ts";

test.each([0, 1, 2])("A submission that died in write %i is mended by asking again", async (n) => {
  let writes = 0;
  const { deps, work, messages } = await openWorkshop(({ store }) => ({
    store: {
      ...store,
      put: async (...args) => {
        if (writes++ === n) throw new Error("The disk is full");
        return store.put(...args);
      },
    },
  }));
  const asked = await submission(n);
  await expect(submit(deps, asked)).rejects.toThrow("The disk is full");
  expect((await historyPage(deps, "local", 10, undefined)).items).toEqual([]);

  const { id, status } = await submit(deps, asked);
  expect(status).toBe("QUEUED");
  expect(await messages()).toEqual([id]);
  await work();
  expect(await getExplanation(deps, "local", id)).toMatchObject({ status: "SUCCEEDED" });
  expect((await historyPage(deps, "local", 10, undefined)).items.map(({ explanation }) => explanation.id)).toEqual([id]);
});

test("A submission that died before it was queued is mended by asking again, once a queue would have had its time", async () => {
  let broken = true;
  const { deps, work, messages } = await openWorkshop(({ queue }) => ({
    queue: {
      ...queue,
      send: async (job, owner) => {
        if (broken) throw new Error("There is no queue");
        return queue.send(job, owner);
      },
    },
  }));
  const asked = await submission(10);
  await expect(submit(deps, asked)).rejects.toThrow("There is no queue");
  broken = false;
  expect(await submit(deps, asked)).toMatchObject({ status: "QUEUED" });
  expect(await messages()).toEqual([]);
  later(31_000);
  const { id } = await submit(deps, asked);
  expect(await messages()).toEqual([id]);
  await work();
  expect(await getExplanation(deps, "local", id)).toMatchObject({ status: "SUCCEEDED" });
});

test("A job that got lost is sent again by whoever reads its explanation, ever more rarely", async () => {
  const sent: number[] = [];
  const { deps } = await openWorkshop(() => ({
    queue: { leaseMs: 60_000, send: async () => void sent.push(Date.now()), receive: async () => null },
  }));
  later(0);
  const begun = Date.now();
  const { id } = await submit(deps, await submission(20));
  expect(sent).toEqual([begun]);
  for (let second = 10; second <= 3600; second += 10) {
    vi.setSystemTime(begun + second * 1000);
    await findExplanation(deps, "local", id);
  }
  expect(sent.slice(1).map((time) => (time - begun) / 1000)).toEqual([600, 1200, 2400]);
});

test("A worker that is silent for ten minutes is taken for lost, and for leases only is not", async () => {
  const { deps, messages, receive, classifier, worker } = await openWorkshop();
  const { id } = await submit(deps, await submission(30));
  const held = holdAtProbe(classifier, 1);
  const working = run(worker, await receive());
  await held.reached;
  expect(await messages()).toEqual([id]);
  later(599_000);
  await findExplanation(deps, "local", id);
  expect(await messages()).toEqual([id]);
  later(2000);
  await findExplanation(deps, "local", id);
  expect(await messages()).toEqual([id, id]);
  held.go();
  await working;
});

test("An explanation can be read while there is no queue to send it to again", async () => {
  let broken = false;
  const { deps } = await openWorkshop(({ queue }) => ({
    queue: {
      ...queue,
      send: async (job, owner) => (broken ? Promise.reject(new Error("There is no queue")) : queue.send(job, owner)),
    },
  }));
  const { id } = await submit(deps, await submission(35));
  broken = true;
  later(31_000);
  expect(await findExplanation(deps, "local", id)).toMatchObject({ status: "QUEUED" });
});

test("What is asked for again has its image and its place in the history anew, as a store may have forgotten them", async () => {
  const { deps, work, keys: keysOf } = await openWorkshop();
  const put: string[] = [];
  const store: typeof deps.store = {
    ...deps.store,
    put: async (key, ...rest) => (put.push(key), deps.store.put(key, ...rest)),
  };
  const { id, createdAt } = await submit({ ...deps, store }, await submission(36));
  const [input, entry] = put;
  await cancel(deps, "local", id);
  put.length = 0;
  later(3_600_000);
  expect(await submit({ ...deps, store }, await submission(36))).toMatchObject({ status: "QUEUED", createdAt });
  expect(put).toEqual([input, entry, keys.log(id), keys.sent(id)]);
  expect((await keysOf()).filter((key) => key.startsWith("history/"))).toEqual([entry]);
  await work();
  expect(await getExplanation(deps, "local", id)).toMatchObject({ status: "SUCCEEDED" });
});

test("What has lost its files is computed again for who asks again, and for nobody else", async () => {
  const { deps, work, messages } = await openWorkshop();
  const { id } = await submit(deps, await submission(37));
  await work();
  const store = { ...deps.store, get: withoutResult(deps.store) };
  expect(await getExplanation({ ...deps, store }, "local", id)).toMatchObject({ status: "SUCCEEDED" });
  expect(await messages()).toEqual([]);
  expect(await submit(deps, await submission(37))).toMatchObject({ status: "SUCCEEDED" });
  expect(await messages()).toEqual([]);
  expect(await submit({ ...deps, store }, await submission(37))).toMatchObject({ status: "QUEUED" });
  expect(await messages()).toEqual([id]);
});

/** A store that has expired what it held of results. */
function withoutResult({ get }: ObjectStore): ObjectStore["get"] {
  return (async (key: string, ...rest: [string]) =>
    key.endsWith("explanation.json") ? null : get(key, ...rest)) as ObjectStore["get"];
}

test("A job that got lost is sent again by whoever follows its explanation", async () => {
  let sent = 0;
  const { deps } = await openWorkshop(() => ({
    queue: { leaseMs: 60_000, send: async () => void sent++, receive: async () => null },
  }));
  const { id } = await submit(deps, await submission(40));
  await deps.store.put(keys.sent(id), new TextEncoder().encode(new Date(0).toISOString()));
  const stop = new AbortController();
  const events = await follow(deps, "local", id, 0, stop.signal, 1);
  expect((await events.next()).value).toMatchObject({ sequence: 1 });
  later(601_000);
  const next = events.next();
  await vi.waitFor(() => expect(sent).toBe(2), { timeout: 15_000, interval: 5 });
  stop.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});

test("What is finished is never sent again", async () => {
  const { deps, work, messages } = await openWorkshop();
  const { id } = await submit(deps, await submission(50));
  await work();
  later(3_600_000);
  await findExplanation(deps, "local", id);
  await submit(deps, await submission(50));
  expect(await messages()).toEqual([]);
});

test("What was cancelled while it was measured is queued anew, too", async () => {
  const { deps, classifier, receive, worker } = await openWorkshop();
  const asked = { ...(await submission(65)), metrics: { deletion: { steps: 9 } } };
  const { id } = await submit(deps, asked);
  const held = holdAtProbe(classifier, 8);
  const working = run(worker, await receive());
  await held.reached;
  expect(await cancel(deps, "local", id)).toMatchObject({ status: "SUCCEEDED" });
  held.go();
  await working;
  const measured = await deps.store.get(keys.file(id, "metrics.json"));
  expect(JSON.parse(new TextDecoder().decode(measured!.bytes))).toMatchObject({ id, measured: [] });
  expect(await submit(deps, asked)).toMatchObject({ status: "QUEUED" });
});

test("What failed or was cancelled is queued anew by one of those who ask at once", async () => {
  const { deps } = await openWorkshop();
  const { id } = await submit(deps, await submission(60));
  await cancel(deps, "local", id);
  const all = await Promise.all(Array.from({ length: 5 }, async () => submit(deps, await submission(60))));
  expect(new Set(all.map((each) => each.id))).toEqual(new Set([id]));
  const { events } = await getExplanation(deps, "local", id);
  expect(events.map(({ kind }) => kind)).toEqual(["QUEUED", "CANCELED", "QUEUED"]);
});

test("Owners do not see each other's explanations, of the same image neither", async () => {
  const { deps } = await openWorkshop();
  const ada = await submit(deps, await submission(70, "ada"));
  const ben = await submit(deps, await submission(70, "ben"));
  expect(ada.id).not.toBe(ben.id);
  expect(await findExplanation(deps, "ada", ada.id)).toMatchObject({ id: ada.id });
  expect(await findExplanation(deps, "ben", ada.id)).toBeNull();
  expect(await findExplanation(deps, "ad", ada.id)).toBeNull();
  const unknown = { code: "EXPLANATION_UNKNOWN" };
  await expect(cancel(deps, "ben", ada.id)).rejects.toMatchObject(unknown);
  await expect(follow(deps, "ben", ada.id, 0, new AbortController().signal, 1)).rejects.toMatchObject(unknown);
  expect(await getExplanation(deps, "ada", ada.id)).toMatchObject({ status: "QUEUED" });
  for (const [owner, id] of [
    ["ada", ada.id],
    ["ben", ben.id],
  ] as const) {
    expect((await historyPage(deps, owner, 10, undefined)).items.map(({ explanation }) => explanation.id)).toEqual([id]);
  }
  expect((await historyPage(deps, "local", 10, undefined)).items).toEqual([]);
});
