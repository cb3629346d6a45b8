import { expect, test, vi } from "vitest";
import { findExplanation } from "../../lib/explanation/log/read.ts";
import { kinds, noted, queued } from "./jobs.ts";
import { later, openWorkshop } from "./workshop.ts";
import { run } from "../../lib/explanation/run/run.ts";

const TWO_HOURS = 7_200_000;

test("A job that was queued before the clock was set back two hours is done at once", async () => {
  const workshop = await openWorkshop();
  later(TWO_HOURS);
  const id = await queued(workshop);
  vi.useRealTimers();
  expect(await workshop.work()).toBe("done");
  expect((await kinds(workshop, id)).at(-1)).toBe("SUCCEEDED");
});

test("A job whose worker died before the clock was set back is done at once", async () => {
  const workshop = await openWorkshop();
  later(TWO_HOURS);
  const id = await queued(workshop, { kind: "STARTED", worker: "dead" });
  await workshop.receive();
  vi.useRealTimers();
  expect(await workshop.work()).toBe("done");
  expect((await kinds(workshop, id)).at(-1)).toBe("SUCCEEDED");
});

test("A lease, and a job that is given back for a while, are still waited for", async () => {
  const workshop = await openWorkshop();
  await queued(workshop);
  const delivery = await workshop.deps.queue.receive(AbortSignal.timeout(1000));
  expect(await workshop.deps.queue.receive(AbortSignal.timeout(100))).toBeNull();
  await delivery!.release(100_000);
  expect(await workshop.deps.queue.receive(AbortSignal.timeout(100))).toBeNull();
});

test("A lost job is sent again though its last event lies two hours ahead", async () => {
  const workshop = await openWorkshop();
  later(TWO_HOURS);
  const id = await queued(workshop);
  await (await workshop.receive()).done();
  vi.useRealTimers();
  await findExplanation(workshop.deps, "local", id);
  expect(await workshop.messages()).toEqual([id]);
  expect(await run(workshop.worker, noted(id))).toBe("done");
});
