import { expect, test } from "vitest";
import { turns } from "../../lib/explanation/results/turns.ts";
import { signal } from "./scripted-classifier.ts";

test("No more than so many tasks are under way, in the order in which they came, and one that fails makes room", async () => {
  const inTurn = turns(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 5 }, signal);
  const results = ends.map((end, i) =>
    inTurn(async () => {
      begun.push(i);
      await end.given;
      if (i === 1) throw new Error("one");
      return i;
    }),
  );
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  ends[1]!.give();
  await expect(results[1]).rejects.toThrow("one");
  expect(begun).toEqual([0, 1, 2]);
  for (const { give } of ends) give();
  expect((await Promise.allSettled(results)).map((each) => ("value" in each ? each.value : null))).toEqual([0, null, 2, 3, 4]);
  expect(await inTurn(async () => "again")).toBe("again");
});
