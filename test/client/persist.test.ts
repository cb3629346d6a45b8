import { expect, test } from "vitest";
import { backoff, Passing, persist, retryAfter } from "../../lib/client/persist.ts";

const patience = { patienceMs: 10_000, timeoutMs: 1000 };

test("What passes is attempted again, and what does not is not", async () => {
  let attempts = 0;
  const result = await persist(async () => {
    if (++attempts < 3) throw new Passing("busy");
    return "done";
  }, patience);
  expect([result, attempts]).toEqual(["done", 3]);
  const refused = persist(async () => {
    attempts++;
    throw new Error("refused");
  }, patience);
  await expect(refused).rejects.toThrow("refused");
  expect(attempts).toBe(4);
});

test("A failure is believed after its attempts, or after a while", async () => {
  let attempts = 0;
  const failing = (given: { attempts?: number }) => async () => {
    attempts++;
    throw new Passing("busy", given);
  };
  await expect(persist(failing({ attempts: 2 }), patience)).rejects.toThrow("busy");
  expect(attempts).toBe(2);
  await expect(persist(failing({}), { ...patience, patienceMs: 1 })).rejects.toThrow("busy");
});

test("A server that asks to be left alone is, and one that does not answer is given up for the next attempt", async () => {
  const begun = performance.now();
  let attempts = 0;
  await persist(
    async (signal) => {
      attempts++;
      if (attempts === 1) throw new Passing("busy", { after: 0.5 });
      if (attempts === 2) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        throw new Passing("timed out");
      }
    },
    { ...patience, timeoutMs: 200 },
  );
  expect(performance.now() - begun).toBeGreaterThan(1000 * (0.5 + 0.25 + 0.2 + 0.5) - 20);
});

test("Waiting ends when it is told to", async () => {
  const stop = new AbortController();
  const asking = persist(async () => Promise.reject(new Passing("busy", { after: 60 })), { ...patience, signal: stop.signal });
  stop.abort(new Error("Enough."));
  await expect(asking).rejects.toThrow("Enough.");
});

test.each([
  [null, 0],
  ["7", 7],
  ["Fri, 27 Nov 2026 12:00:30 GMT", 30],
  ["Fri, 27 Nov 2026 11:00:00 GMT", 0],
  ["soon", 0],
])("Retry-After %s asks for %i s", (value, seconds) => {
  expect(retryAfter(value, Date.parse("2026-11-27T12:00:00Z"))).toBe(seconds);
});

test("Waits double, up to a quarter of a minute, and are never the same", () => {
  expect([1, 2, 3, 20].map((n) => backoff(n, 0))).toEqual([0.25, 0.5, 1, 15]);
  expect(backoff(1, 0.5)).toBe(0.375);
});
