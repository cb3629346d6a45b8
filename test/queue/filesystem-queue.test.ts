import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { filesystemQueue } from "../../lib/queue/filesystem-queue.ts";
import { messageName } from "../../lib/queue/message-name.ts";
import { jobQueueContract } from "./job-queue.contract.ts";

const newRoot = () => mkdtemp(join(tmpdir(), "vitcx-queue-"));
const remove = (folder: string) => rm(folder, { recursive: true, force: true });

jobQueueContract("filesystemQueue", async () => {
  const root = await newRoot();
  return { queue: filesystemQueue(root, { leaseMs: 1000, pollMs: 20 }), cleanup: () => remove(root) };
});

describe("filesystemQueue in its folder", () => {
  let root: string;
  beforeEach(async () => {
    root = await newRoot();
  });
  afterEach(() => remove(root));

  const open = () => filesystemQueue(root, { leaseMs: 60_000, pollMs: 20 });
  const soon = () => AbortSignal.timeout(10_000);

  test("hands out jobs in the order of sending", async () => {
    const sent = Array.from({ length: 20 }, (_, i) => `job-${i}`);
    const queue = open();
    for (const id of sent) await queue.send({ id }, "ann");
    const received: unknown[] = [];
    for (const _ of sent) received.push((await open().receive(soon()))?.job.id);
    expect(received).toEqual(sent);
  });

  test("keeps a rejected job as a file among the dead letters", async () => {
    await open().send({ id: "a" }, "ann");
    await (await open().receive(soon()))?.reject();
    const dead = await readdir(join(root, "dead"));
    expect(dead).toHaveLength(1);
    expect(JSON.parse(await readFile(join(root, "dead", dead[0] ?? ""), "utf8"))).toEqual({ id: "a" });
    expect(await readdir(join(root, "messages"))).toEqual([]);
  });

  test("leaves nothing behind when a job is done", async () => {
    await open().send({ id: "a" }, "ann");
    expect(await (await open().receive(soon()))?.done()).toBe(true);
    expect(await readdir(join(root, "messages"))).toEqual([]);
    expect(await readdir(join(root, "tmp"))).toEqual([]);
  });

  test.each(["", "no JSON", "[]", '{"id":7}', '{"id":""}'])(
    "puts the message %j, which is no job, with the dead letters",
    async (text) => {
      const queue = open();
      await queue.send({ id: "a" }, "ann");
      const [message] = await readdir(join(root, "messages"));
      await writeFile(join(root, "messages", message!), text);
      await queue.send({ id: "b" }, "ann");
      expect((await queue.receive(soon()))?.job).toEqual({ id: "b" });
      const dead = await readdir(join(root, "dead"));
      expect(await Promise.all(dead.map((name) => readFile(join(root, "dead", name), "utf8")))).toEqual([text]);
    },
  );

  test.each([1, 3])(
    "hands out the jobs of several owners in turn, with %i workers: 2000 of one do not delay another's",
    async (workers) => {
      const queues = Array.from({ length: workers }, open);
      await queues[0]!.send({ id: "bob-0" }, "bob");
      const names = Array.from({ length: 1999 }, (_, i) => ({
        name: messageName({ visibleAt: Date.now(), id: `${String(i + 1).padStart(9, "0")}-0`, count: 0, owner: "bob" }),
        id: `bob-${i + 1}`,
      }));
      await Promise.all(names.map(({ name, id }) => writeFile(join(root, "messages", name), JSON.stringify({ id }))));
      for (const queue of queues) await (await queue.receive(soon()))?.done();
      await queues[0]!.send({ id: "ann-0" }, "ann");
      await queues[0]!.send({ id: "ann-1" }, "ann");
      const received: string[] = [];
      for (let i = 0; i < 10; i++) {
        const delivery = await queues[i % workers]!.receive(soon());
        received.push(delivery!.job.id);
        await delivery!.done();
      }
      expect(received.filter((id) => id.startsWith("ann"))).toEqual(["ann-0", "ann-1"]);
      expect(received.indexOf("ann-1")).toBeLessThan(4);
      const bobs = received.filter((id) => id.startsWith("bob")).map((id) => Number(id.slice(4)));
      expect(bobs).toEqual(bobs.toSorted((a, b) => a - b));
    },
  );

  test("passes over files that are no messages", async () => {
    await open().send({ id: "a" }, "ann");
    await writeFile(join(root, "messages", "000-notes.txt"), "");
    expect((await open().receive(soon()))?.job).toEqual({ id: "a" });
  });

  test("removes the temporary files of processes long gone, and no others", async () => {
    await open().send({ id: "a" }, "ann");
    await writeFile(join(root, "tmp", "old"), "");
    await writeFile(join(root, "tmp", "new"), "");
    const twoHoursAgo = new Date(Date.now() - 7_200_000);
    await utimes(join(root, "tmp", "old"), twoHoursAgo, twoHoursAgo);
    await open().send({ id: "b" }, "ann");
    expect(await readdir(join(root, "tmp"))).toEqual(["new"]);
  });
});
