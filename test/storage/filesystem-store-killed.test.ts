import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withFileLock } from "../../lib/storage/file-lock.ts";
import { filesystemStore } from "../../lib/storage/filesystem-store.ts";
import { seededRandom, startProcess } from "./killable-process.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "vitcx-killed-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("loses no acknowledged append, and repeats none, while appending processes are killed", async () => {
  const random = seededRandom(20_230_819);
  const acknowledged = new Map<string, number[]>();

  function startAppending(name: string) {
    const numbers: number[] = [];
    acknowledged.set(name, numbers);
    const args = [root, "log.txt", name];
    return startProcess(new URL("append-process.ts", import.meta.url), args, (line) => numbers.push(Number(line)));
  }

  const survivor = startAppending("survivor");
  const killings = ["a", "b", "c", "d"].map(async (name) => {
    const appending = startAppending(name);
    await appending.printed(1 + Math.floor(40 * random()));
    // An append takes a few milliseconds: this is when, within one, the process dies.
    await setTimeout(4 * random());
    await appending.kill();
  });
  await Promise.all(killings);
  const before = acknowledged.get("survivor")?.length ?? 0;
  await survivor.printed(before + 5);
  await survivor.finish();

  const stored = new TextDecoder().decode((await filesystemStore(root).get("log.txt"))?.bytes);
  const lines = stored.trimEnd().split("\n");
  let total = 0;
  for (const [name, numbers] of acknowledged) {
    const found = lines.filter((line) => line.startsWith(`${name} `)).map((line) => Number(line.split(" ")[1]));
    // A process may have died between an append and its acknowledgement.
    expect(found.slice(0, numbers.length)).toEqual(numbers);
    expect(found).toEqual(found.map((_, i) => i));
    expect(found.length - numbers.length).toBeLessThanOrEqual(name === "survivor" ? 0 : 1);
    total += found.length;
  }
  expect(lines).toHaveLength(total);
});

test("a lock goes with the process that held it", async () => {
  const path = join(root, "lock");
  const holder = startProcess(new URL("lock-process.ts", import.meta.url), [path], () => undefined);
  await holder.printed(1);
  const mine = withFileLock(path, () => "mine");
  expect(await Promise.race([mine, setTimeout(50, "still held")])).toBe("still held");
  await holder.kill();
  expect(await mine).toBe("mine");
});
