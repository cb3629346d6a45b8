import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { InstalledModel } from "../../lib/vit/catalog/catalog.ts";
import type { Classifier } from "../../lib/classifier/classifier.ts";
import { openModels } from "../../lib/vit/runtime/open-models.ts";
import { tinyManifest } from "./tiny-models.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A model of so many bytes of weights, in a file or in two. */
async function model(id: string, bytes: number, beside = 0): Promise<InstalledModel> {
  for (const [file, size] of [
    [id, bytes],
    [`${id}.data`, beside],
  ] as const) {
    await writeFile(join(folder, file), "");
    await truncate(join(folder, file), size);
  }
  const data = beside > 0 ? [{ file: `${id}.data`, sha256: "0".repeat(64) }] : undefined;
  return { manifest: tinyManifest({ id, file: id, data }), folder, digest: id };
}

/** Opens nothing, and writes down what it is asked to. */
function diary(budgetBytes: number) {
  const events: string[] = [];
  const ask = openModels({
    budgetBytes,
    open: async ({ manifest: { id } }) => {
      if (id === "broken") throw new Error("broken");
      events.push(`open ${id}`);
      const dispose = async () => void events.push(`release ${id}`);
      return { batchSize: 1, [Symbol.asyncDispose]: dispose } as unknown as Classifier & AsyncDisposable;
    },
  });
  return { events, ask };
}

test("A model is opened when it is first asked for, and once, however many ask at a time", async () => {
  const { events, ask } = diary(1000);
  const a = await model("a", 10);
  expect(events).toEqual([]);
  const [first, second] = await Promise.all([ask(a), ask(a)]);
  expect(second).toBe(first);
  expect(await ask(a)).toBe(first);
  expect(events).toEqual(["open a"]);
});

test("Beyond the budget those asked for least recently are released first, and no more than must be", async () => {
  const { events, ask } = diary(2 * 100);
  const [a, b, c, d] = [await model("a", 40), await model("b", 40), await model("c", 20), await model("d", 20, 20)];
  for (const each of [a, b, c, a]) await ask(each);
  expect(events).toEqual(["open a", "open b", "open c"]);
  await ask(d);
  expect(events.slice(3)).toEqual(["release b", "open d"]);
  await ask(b);
  expect(events.slice(5)).toEqual(["release c", "release a", "open b"]);
});

test("A model larger than the budget is opened alone", async () => {
  const { events, ask } = diary(100);
  for (const each of [await model("a", 10), await model("huge", 1000), await model("b", 10)]) await ask(each);
  expect(events).toEqual(["open a", "release a", "open huge", "release huge", "open b"]);
});

test("A model that cannot be opened is tried again when it is asked for again, and leaves the others open", async () => {
  const { events, ask } = diary(1000);
  const [a, broken] = [await model("a", 10), await model("broken", 10)];
  const first = await ask(a);
  await expect(ask(broken)).rejects.toThrow("broken");
  await expect(ask(broken)).rejects.toThrow("broken");
  expect(await ask(a)).toBe(first);
  expect(events).toEqual(["open a"]);
});
