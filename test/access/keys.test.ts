import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listedHolders, storedHolders } from "../../functions/access/holders.ts";
import { addKey, hashOf, KEY_LIST, limitOwner, readKeyList, removeKeys } from "../../functions/access/key-list.ts";
import { filesystemStore } from "../../lib/storage/filesystem-store.ts";
import type { ObjectStore } from "../../lib/storage/object-store.ts";

let folder: string;
let store: ObjectStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-keys-"));
  store = filesystemStore(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const unexpected = (error: unknown) => expect.unreachable(String(error));

test("A key that is made is known at the next refresh, to every process, and no longer once it has ended", async () => {
  const processes = [storedHolders(store, {}, unexpected, 0), storedHolders(store, {}, unexpected, 0)];
  const owners = async (key: string) => {
    await Promise.all(processes.map((each) => each.refresh()));
    return processes.map((each) => each.ownerOf(key)?.name);
  };
  expect(await owners("")).toEqual([undefined, undefined]);
  const [ann, again, bob] = [await addKey(store, "ann"), await addKey(store, "ann"), await addKey(store, "bob")];
  expect(await owners(ann)).toEqual(["ann", "ann"]);
  expect(await owners(again)).toEqual(["ann", "ann"]);
  expect(await owners(bob)).toEqual(["bob", "bob"]);
  expect(await owners(`${ann}x`)).toEqual([undefined, undefined]);
  expect(processes[0]!.secret()).toEqual(processes[1]!.secret());

  expect(await removeKeys(store, hashOf(ann).slice(0, 12))).toBe(1);
  expect(await owners(ann)).toEqual([undefined, undefined]);
  expect(await owners(again)).toEqual(["ann", "ann"]);
  expect(await removeKeys(store, "ann")).toBe(1);
  expect(await owners(again)).toEqual([undefined, undefined]);
  await expect(removeKeys(store, "ann")).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
});

test("Between two refreshes a process asks the store for nothing", async () => {
  let reads = 0;
  const get = async (key: string) => {
    reads++;
    return store.get(key);
  };
  const counted = { ...store, get };
  const holders = storedHolders(counted, {}, unexpected);
  for (let i = 0; i < 5; i++) await holders.refresh();
  expect(reads).toBe(1);
});

test("Hundreds of keys are made at a time, and none is lost; the store holds none of them", async () => {
  const keys: string[] = [];
  for (let i = 0; i < 300; i += 10) {
    keys.push(...(await Promise.all(Array.from({ length: 10 }, (_, j) => addKey(store, `owner-${i + j}`)))));
  }
  const holders = storedHolders(store, {}, unexpected);
  await holders.refresh();
  expect(new Set(keys.map((key) => holders.ownerOf(key)?.name)).size).toBe(300);
  const stored = new TextDecoder().decode((await store.get(KEY_LIST))!.bytes);
  for (const key of keys) expect(stored).not.toContain(key);
});

test("An owner's limits go before everybody's, each by itself", async () => {
  const key = await addKey(store, "ann");
  const holders = storedHolders(store, { queuedPasses: 100, requestsPerMinute: 60 }, unexpected, 0);
  const limits = async () => (await holders.refresh(), holders.ownerOf(key)?.limits);
  expect(await limits()).toEqual({ queuedPasses: 100, requestsPerMinute: 60 });
  await limitOwner(store, "ann", { queuedPasses: 5 });
  expect(await limits()).toEqual({ queuedPasses: 5, requestsPerMinute: 60 });
  await limitOwner(store, "ann", null);
  expect(await limits()).toEqual({ queuedPasses: 100, requestsPerMinute: 60 });
});

test("Where the list is damaged or the store does not answer, those that are known stay, and it is told", async () => {
  const key = await addKey(store, "ann");
  const errors: unknown[] = [];
  const holders = storedHolders(store, {}, (error) => errors.push(error), 0);
  await holders.refresh();
  const { bytes } = (await store.get(KEY_LIST))!;
  for (const damage of ["{", '{"version":2}', JSON.stringify({ ...JSON.parse(new TextDecoder().decode(bytes)), secret: 7 })]) {
    await store.put(KEY_LIST, new TextEncoder().encode(damage));
    await holders.refresh();
    expect(holders.ownerOf(key)?.name).toBe("ann");
    await expect(readKeyList(store)).rejects.toThrow(KEY_LIST);
    await expect(addKey(store, "bob")).rejects.toThrow(KEY_LIST);
  }
  expect(errors).toHaveLength(3);
  const fresh = storedHolders(store, {}, () => undefined);
  await fresh.refresh();
  expect(fresh.ownerOf(key)).toBeUndefined();
});

test.each(["", "ann smith", "a/b", "x".repeat(65)])("%o can be no owner", async (owner) => {
  await expect(addKey(store, owner)).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
});

test("The environment's keys are known at once, and all who know them sign alike", () => {
  const [ann, bob] = ["ann=0123456789abcdef", "bob=fedcba9876543210"];
  const holders = listedHolders([ann, bob], { queuedPasses: 7 });
  expect(holders.ownerOf("0123456789abcdef")).toEqual({ name: "ann", limits: { queuedPasses: 7 } });
  expect(holders.ownerOf("0123456789abcde")).toBeUndefined();
  expect(holders.secret()).toEqual(listedHolders([bob, ann], {}).secret());
  expect(holders.secret()).not.toEqual(listedHolders([ann], {}).secret());
  expect(listedHolders([], {}).ownerOf("")).toEqual({ name: "local", limits: {} });
});
