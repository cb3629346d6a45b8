import { describe, expect, test, vi } from "vitest";
import { CodedError } from "../../lib/errors.ts";
import { getExplanation } from "../../lib/explanation/log/read.ts";
import { run } from "../../lib/explanation/run/run.ts";
import { aloneDigests, digests, kinds, noted, queued } from "./jobs.ts";
import { later, openWorkshop } from "./workshop.ts";

describe("An error", () => {
  test("that may pass gives the job back for a second, and the next attempt succeeds", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop);
    const error = new Error("Out of memory");
    workshop.classifier.before = (_, n) => {
      if (n === 3) throw error;
    };
    const [first, second] = [noted(id), noted(id, 2)];
    await run(workshop.worker, first);
    expect(first.calls).toEqual(["release 1000"]);
    expect(workshop.errors).toEqual([error]);
    expect((await kinds(workshop, id)).slice(-2)).toEqual(["SCORED", "RELEASED"]);
    expect(await getExplanation(workshop.deps, "local", id)).toMatchObject({ status: "QUEUED", attempts: 1 });

    await run(workshop.worker, second);
    expect(second.calls).toEqual(["done"]);
    expect(await getExplanation(workshop.deps, "local", id)).toMatchObject({ status: "SUCCEEDED", attempts: 2 });
  });

  test("that is none, but a step that never ends, costs the worker its lease", async () => {
    const workshop = await openWorkshop(({ queue }) => ({ queue: { ...queue, leaseMs: 30 } }));
    const id = await queued(workshop);
    let calls = 0;
    workshop.classifier.before = (_, n) => {
      calls = n;
      return n === 3 ? new Promise<void>(() => undefined) : undefined;
    };
    const delivery = noted(id);
    const running = run(workshop.worker, delivery);
    // The steps before it count from when they end, so it is waited for that they have.
    await vi.waitFor(() => expect(calls).toBe(3), { timeout: 15_000 });
    const held = delivery.calls.length;
    await vi.waitFor(() => expect(delivery.calls.length).toBeGreaterThan(held + 1), { timeout: 15_000 });
    later(600_000);
    expect(await running).toBe("hung");
    const extended = delivery.calls.length;
    expect(workshop.errors.map(String)).toEqual([`Error: No step of ${id} has ended for 600 s`]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(delivery.calls.slice(extended)).toEqual([]);
    expect(new Set(delivery.calls)).toEqual(new Set(["extend"]));
  });

  test("that does not pass ends the third attempt, and says no more than that", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop);
    workshop.classifier.before = () => {
      throw new Error("secret at 10.0.0.7");
    };
    for (let attempt = 1; attempt <= 3; attempt++) await workshop.work();
    const { status, latest } = await getExplanation(workshop.deps, "local", id);
    expect(status).toBe("FAILED");
    expect(latest.FAILED).toMatchObject({ code: "INTERNAL", message: expect.not.stringContaining("secret") });
    expect(workshop.errors).toHaveLength(3);
    expect([await workshop.messages(), await workshop.deadLetters()]).toEqual([[], [id]]);
  });

  test("that the user is told of ends the first attempt", async () => {
    const workshop = await openWorkshop();
    const delivery = noted(await queued(workshop));
    workshop.classifier.before = () => {
      throw new CodedError("IMAGE_UNREADABLE", "The picture ends in the middle.");
    };
    expect(await run(workshop.worker, delivery)).toBe("done");
    expect(delivery.calls).toEqual(["done"]);
    const { latest } = await getExplanation(workshop.deps, "local", delivery.job.id);
    expect(latest.FAILED).toMatchObject({ code: "IMAGE_UNREADABLE", message: "The picture ends in the middle." });
    expect(workshop.errors).toEqual([]);
  });

  test("of a worker that cannot open the model is left to another, ever longer, and told of where none can", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop);
    const error = new CodedError("MODEL_UNUSABLE", "There is no memory left.");
    const openClassifier = () => Promise.reject(error);
    const outcomes = [];
    for (const [i, call] of ["release 1000", "release 10000", "reject"].entries()) {
      const delivery = noted(id, i + 1);
      outcomes.push(await run({ ...workshop.worker, openClassifier }, delivery));
      expect(delivery.calls).toEqual([call]);
    }
    expect(outcomes).toEqual(["failed", "failed", "failed"]);
    expect(workshop.errors).toEqual([error, error, error]);
    const { latest } = await getExplanation(workshop.deps, "local", id);
    expect(latest.FAILED).toMatchObject({ code: "MODEL_UNUSABLE", message: "There is no memory left." });
  });

  test("of a worker that has another version of the model is none for the one that has the right one", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop);
    const { catalog } = workshop.deps;
    const changed = { ...catalog, get: (id: string) => ({ ...catalog.get(id), digest: "f".repeat(64) }) };
    expect(await workshop.work({ catalog: changed })).toBe("failed");
    expect(await getExplanation(workshop.deps, "local", id)).toMatchObject({ status: "QUEUED" });
    expect(await workshop.work()).toBe("done");
    expect(await getExplanation(workshop.deps, "local", id)).toMatchObject({ status: "SUCCEEDED" });
  });

  test.each(["done", "reject"] as const)(
    "of a queue that cannot be told `%s` changes nothing that the log says",
    async (step) => {
      const workshop = await openWorkshop();
      const id = await queued(workshop);
      if (step === "reject") workshop.classifier.before = () => Promise.reject(new Error("Never"));
      for (let attempt = 1; attempt <= (step === "reject" ? 3 : 1); attempt++) {
        const delivery = { ...noted(id, attempt), [step]: () => Promise.reject(new Error("There is no queue")) };
        await run(workshop.worker, delivery);
      }
      expect(String(workshop.errors.at(-1))).toBe("Error: There is no queue");
      const last = step === "reject" ? "FAILED" : "SUCCEEDED";
      expect((await kinds(workshop, id)).at(-1)).toBe(last);
      // It is handed out again, and forgotten.
      const again = noted(id, 9);
      await run(workshop.worker, again);
      expect(again.calls).toEqual(["done"]);
      expect((await kinds(workshop, id)).filter((kind) => kind === last)).toHaveLength(1);
    },
  );

  test.each([0, 2, 5, 8, 14, 15, 16])(
    "in write %i of a run is mended by the next attempt, and the result is the same",
    async (n) => {
      const workshop = await openWorkshop();
      const id = await queued(workshop);
      let writes = 0;
      const store: typeof workshop.deps.store = {
        ...workshop.deps.store,
        put: async (...args) => {
          if (writes++ === n) throw new Error("The disk is full");
          return workshop.deps.store.put(...args);
        },
      };
      await workshop.work({ store });
      expect(workshop.errors.map(String)).toEqual(["Error: The disk is full"]);
      await workshop.work({ store });
      expect(await getExplanation(workshop.deps, "local", id)).toMatchObject({ status: "SUCCEEDED" });
      expect(await digests(workshop, id)).toEqual(await aloneDigests(workshop));
    },
  );
});
