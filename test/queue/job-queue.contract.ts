import { test as base, describe } from "vitest";
import type { Delivery, JobQueue } from "../../lib/queue/job-queue.ts";

interface QueueUnderTest {
  /** An empty queue, preferably with a lease of a second. */
  readonly queue: JobQueue;
  readonly cleanup: () => Promise<void>;
}

/**
 * What every JobQueue promises; each case has a queue of its own. Time passes only in `receive`, in fractions of the queue's
 * lease: a receive that finds nothing for 0.6 leases proves that the job was held and lets that time go by.
 */
export function jobQueueContract(name: string, make: () => Promise<QueueUnderTest>): void {
  const test = base.extend<{ queue: JobQueue }>({
    // oxlint-disable-next-line no-empty-pattern -- vitest reads the fixtures that are needed from the pattern
    queue: async ({}, use) => {
      const { queue, cleanup } = await make();
      await use(queue);
      await cleanup();
    },
  });

  // Concurrent, because most of the time is spent waiting for leases.
  describe.concurrent(name, () => {
    test("hands out a job and forgets it when it is done", async ({ queue, expect }) => {
      await queue.send({ id: "a" }, "ann");
      const delivery = await next(queue);
      expect(delivery.job).toEqual({ id: "a" });
      expect(delivery.count).toBe(1);
      expect(await delivery.done()).toBe(true);
      expect(await within(queue, 1.5)).toBeNull();
    });

    test("hands out every job, and one sent twice twice", async ({ queue, expect }) => {
      const sent = ["a", "b", "c", "b"];
      for (const id of sent) await queue.send({ id }, "ann");
      const received: string[] = [];
      for (const _ of sent) {
        const delivery = await next(queue);
        received.push(delivery.job.id);
        await delivery.done();
      }
      expect(received.toSorted()).toEqual(["a", "b", "b", "c"]);
      expect(await within(queue, 0.2)).toBeNull();
    });

    test("gives concurrent receivers different jobs", async ({ queue, expect }) => {
      const ids = ["a", "b", "c", "d", "e", "f"];
      for (const id of ids) await queue.send({ id }, "ann");
      const deliveries = await Promise.all(ids.map(() => next(queue)));
      expect(deliveries.map(({ job }) => job.id).toSorted()).toEqual(ids);
      await Promise.all(deliveries.map((delivery) => delivery.done()));
    });

    test("gives one job to one of several waiting receivers", async ({ queue, expect }) => {
      const waiting = [0, 1, 2].map(() => within(queue, 0.6));
      await queue.send({ id: "a" }, "ann");
      const received = (await Promise.all(waiting)).filter((delivery) => delivery !== null);
      expect(received.map(({ job, count }) => [job.id, count])).toEqual([["a", 1]]);
    });

    test("hands out a job again when its lease ends, and the first holder has lost it", async ({ queue, expect }) => {
      await queue.send({ id: "a" }, "ann");
      const first = await next(queue);
      expect(await within(queue, 0.6)).toBeNull();
      const second = await next(queue);
      expect([second.job.id, second.count]).toEqual(["a", 2]);
      expect(await first.extend()).toBe(false);
      expect(await first.release()).toBe(false);
      expect(await first.postpone(0)).toBe(false);
      expect(await first.reject()).toBe(false);
      expect(await first.done()).toBe(false);
      expect(await second.done()).toBe(true);
      expect(await within(queue, 1.5)).toBeNull();
    });

    test("holds a job for another lease when it is extended", async ({ queue, expect }) => {
      await queue.send({ id: "a" }, "ann");
      const delivery = await next(queue);
      expect(await within(queue, 0.6)).toBeNull();
      expect(await delivery.extend()).toBe(true);
      expect(await within(queue, 0.6)).toBeNull();
      expect(await delivery.extend()).toBe(true);
      expect(await within(queue, 0.6)).toBeNull();
      expect(await delivery.done()).toBe(true);
      expect(await within(queue, 0.6)).toBeNull();
    });

    test("hands out an extended job again when nobody extends it any more", async ({ queue, expect }) => {
      await queue.send({ id: "a" }, "ann");
      expect(await (await next(queue)).extend()).toBe(true);
      expect((await next(queue)).count).toBe(2);
    });

    test("hands out a released job at once, and counts on", async ({ queue, expect }) => {
      await queue.send({ id: "a" }, "ann");
      const first = await next(queue);
      expect(await first.release()).toBe(true);
      expect(await first.extend()).toBe(false);
      const second = await within(queue, 0.6);
      expect([second?.job.id, second?.count]).toEqual(["a", 2]);
      expect(await second?.done()).toBe(true);
    });

    test("hands out a postponed job after the delay, as if for the first time", async ({ queue, expect }) => {
      await queue.send({ id: "a" }, "ann");
      await (await next(queue)).release();
      const second = await next(queue);
      expect(second.count).toBe(2);
      expect(await second.postpone(2 * queue.leaseMs)).toBe(true);
      expect(await second.done()).toBe(false);
      expect(await within(queue, 0.6)).toBeNull();
      const again = await next(queue);
      expect([again.job.id, again.count]).toEqual(["a", 1]);
      expect(await again.done()).toBe(true);
      expect(await within(queue, 1.5)).toBeNull();
    });

    test("hands out a job released with a delay after the delay", async ({ queue, expect }) => {
      await queue.send({ id: "a" }, "ann");
      expect(await (await next(queue)).release(2 * queue.leaseMs)).toBe(true);
      expect(await within(queue, 1.5)).toBeNull();
      const second = await next(queue);
      expect([second.job.id, second.count]).toEqual(["a", 2]);
    });

    test("hands out a rejected job never again", async ({ queue, expect }) => {
      await queue.send({ id: "a" }, "ann");
      const delivery = await next(queue);
      expect(await delivery.reject()).toBe(true);
      expect(await delivery.extend()).toBe(false);
      expect(await within(queue, 1.5)).toBeNull();
    });

    test("lets a step wait for the one before it", async ({ queue, expect }) => {
      await queue.send({ id: "a" }, "ann");
      const delivery = await next(queue);
      expect(await Promise.all([delivery.extend(), delivery.extend(), delivery.done()])).toEqual([true, true, true]);
      expect(await within(queue, 1.5)).toBeNull();
    });

    test("stops waiting when the signal aborts", async ({ queue, expect }) => {
      const controller = new AbortController();
      const waiting = queue.receive(controller.signal);
      controller.abort();
      expect(await waiting).toBeNull();
      await queue.send({ id: "a" }, "ann");
      expect(await queue.receive(controller.signal)).toBeNull();
      expect((await next(queue)).count).toBe(1);
    });
  });
}

/** What a receive gets in this many leases. */
async function within(queue: JobQueue, leases: number): Promise<Delivery | null> {
  return queue.receive(AbortSignal.timeout(leases * queue.leaseMs));
}

/** The next delivery, however many receives that takes. */
async function next(queue: JobQueue): Promise<Delivery> {
  for (let i = 0; i < 10; i++) {
    const delivery = await within(queue, 4);
    if (delivery !== null) return delivery;
  }
  throw new Error("Expected a delivery within 40 leases, got none");
}
