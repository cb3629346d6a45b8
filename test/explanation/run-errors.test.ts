import { describe, expect, test } from "vitest";
import { CodedError } from "../../lib/errors.ts";
import { getExplanation } from "../../lib/explanation/read.ts";
import { run } from "../../lib/explanation/run.ts";
import { aloneDigests, digests, kinds, noted, queued } from "./jobs.ts";
import { openWorkshop } from "./workshop.ts";

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
    expect(await getExplanation(workshop.desk, "local", id)).toMatchObject({ status: "QUEUED", attempts: 1 });

    await run(workshop.worker, second);
    expect(second.calls).toEqual(["done"]);
    expect(await getExplanation(workshop.desk, "local", id)).toMatchObject({ status: "SUCCEEDED", attempts: 2 });
  });

  test("that does not pass ends the third attempt, and says no more than that", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop);
    workshop.classifier.before = () => {
      throw new Error("secret at 10.0.0.7");
    };
    for (let attempt = 1; attempt <= 3; attempt++) await workshop.work();
    const { status, latest } = await getExplanation(workshop.desk, "local", id);
    expect(status).toBe("FAILED");
    expect(latest.FAILED).toMatchObject({ code: "INTERNAL", message: expect.not.stringContaining("secret") });
    expect(workshop.errors).toHaveLength(3);
    expect([await workshop.messages(), await workshop.deadLetters()]).toEqual([[], [id]]);
  });

  test("that the user is told of ends the first attempt", async () => {
    const workshop = await openWorkshop();
    const delivery = noted(await queued(workshop));
    const openClassifier = async () => {
      throw new CodedError("MODEL_UNUSABLE", "The weights are not what the manifest says.");
    };
    await run({ ...workshop.worker, openClassifier }, delivery);
    expect(delivery.calls).toEqual(["done"]);
    const { latest } = await getExplanation(workshop.desk, "local", delivery.job.id);
    expect(latest.FAILED).toMatchObject({ code: "MODEL_UNUSABLE", message: "The weights are not what the manifest says." });
    expect(workshop.errors).toEqual([]);
  });

  test("is a model that has changed since the question was asked", async () => {
    const workshop = await openWorkshop();
    const delivery = noted(await queued(workshop));
    const { catalog } = workshop.desk;
    const changed = { ...catalog, get: (id: string) => ({ ...catalog.get(id), digest: "f".repeat(64) }) };
    await run({ ...workshop.worker, catalog: changed }, delivery);
    const { latest } = await getExplanation(workshop.desk, "local", delivery.job.id);
    expect(latest.FAILED).toMatchObject({ code: "MODEL_UNKNOWN", message: expect.stringContaining("has changed") });
  });

  test.each([0, 2, 5, 8, 14, 15, 16])(
    "in write %i of a run is mended by the next attempt, and the result is the same",
    async (n) => {
      const workshop = await openWorkshop();
      const id = await queued(workshop);
      let writes = 0;
      const store: typeof workshop.desk.store = {
        ...workshop.desk.store,
        put: async (...args) => {
          if (writes++ === n) throw new Error("The disk is full");
          return workshop.desk.store.put(...args);
        },
      };
      await workshop.work({ store });
      expect(workshop.errors.map(String)).toEqual(["Error: The disk is full"]);
      await workshop.work({ store });
      expect(await getExplanation(workshop.desk, "local", id)).toMatchObject({ status: "SUCCEEDED" });
      expect(await digests(workshop, id)).toEqual(await aloneDigests(workshop));
    },
  );
});
