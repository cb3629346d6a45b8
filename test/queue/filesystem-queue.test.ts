import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { filesystemQueue } from "../../lib/queue/filesystem-queue.ts";
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
    for (const id of sent) await queue.send({ id });
    const received: unknown[] = [];
    for (const _ of sent) received.push((await open().receive(soon()))?.job.id);
    expect(received).toEqual(sent);
  });

  test("keeps a rejected job as a file among the dead letters", async () => {
    await open().send({ id: "a" });
    await (await open().receive(soon()))?.reject();
    const dead = await readdir(join(root, "dead"));
    expect(dead).toHaveLength(1);
    expect(JSON.parse(await readFile(join(root, "dead", dead[0] ?? ""), "utf8"))).toEqual({ id: "a" });
    expect(await readdir(join(root, "messages"))).toEqual([]);
  });

  test("leaves nothing behind when a job is done", async () => {
    await open().send({ id: "a" });
    expect(await (await open().receive(soon()))?.done()).toBe(true);
    expect(await readdir(join(root, "messages"))).toEqual([]);
    expect(await readdir(join(root, "tmp"))).toEqual([]);
  });

  test.each(["", "no JSON", "[]", '{"id":7}', '{"id":""}'])(
    "puts the message %j, which is no job, with the dead letters",
    async (text) => {
      const queue = open();
      await queue.send({ id: "a" });
      const [message] = await readdir(join(root, "messages"));
      await writeFile(join(root, "messages", message!), text);
      await queue.send({ id: "b" });
      expect((await queue.receive(soon()))?.job).toEqual({ id: "b" });
      const dead = await readdir(join(root, "dead"));
      expect(await Promise.all(dead.map((name) => readFile(join(root, "dead", name), "utf8")))).toEqual([text]);
    },
  );

  test("passes over files that are no messages", async () => {
    await open().send({ id: "a" });
    await writeFile(join(root, "messages", "000-notes.txt"), "");
    expect((await open().receive(soon()))?.job).toEqual({ id: "a" });
  });

  test("removes the temporary files of processes long gone, and no others", async () => {
    await open().send({ id: "a" });
    await writeFile(join(root, "tmp", "old"), "");
    await writeFile(join(root, "tmp", "new"), "");
    const twoHoursAgo = new Date(Date.now() - 7_200_000);
    await utimes(join(root, "tmp", "old"), twoHoursAgo, twoHoursAgo);
    await open().send({ id: "b" });
    expect(await readdir(join(root, "tmp"))).toEqual(["new"]);
  });
});
