import { expect, test } from "vitest";
import { TimeLeft } from "../../lib/evaluation/time-left.ts";
import { first } from "../first.ts";

const [a, b] = first(
  2,
  ["one", "two"].map((model) => ({ model, method: "vit-cx" })),
);
const rise = { model: "one", method: "rise" };
const other = { model: "two", method: "rise" };

test("Nothing is foretold before anything is seen", () => {
  expect(new TimeLeft([a, b]).ms).toBeNull();
});

test("What has not been seen takes as long as all that has, and then as its method elsewhere, and then as itself", () => {
  const left = new TimeLeft([a, a, rise, b, b, b, other]);
  left.done(a, 100);
  expect(left.ms).toBe(6 * 100);
  left.done(rise, 1000);
  // One more of a, three of b as a's, one of rise elsewhere as rise's.
  expect(left.ms).toBe(100 + 3 * 100 + 1000);
  left.done(b, 200);
  expect(left.ms).toBe(100 + 2 * 200 + 1000);
  left.done(b, 400);
  expect(left.ms).toBe(100 + 300 + 1000);
  left.done(a, 100);
  left.done(other, 3000);
  expect(left.ms).toBe(300);
  left.done(b, 300);
  expect(left.ms).toBe(0);
});
