import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { aliveWorkers, processName, showAlive } from "../../functions/alive.ts";
import { deleteExplanation } from "../../lib/explanation/delete/delete.ts";
import { readLog } from "../../lib/explanation/log/log.ts";
import { fold } from "../../lib/explanation/log/fold.ts";
import { submit } from "../../lib/explanation/request/submit.ts";
import { filesystemQueue } from "../../lib/queue/filesystem-queue.ts";
import { filesystemStore } from "../../lib/storage/filesystem-store.ts";
import { submission } from "../explanation/requests.ts";
import { openWorkshop } from "../explanation/workshop.ts";
import { canMount, openDisk } from "./small-disk.ts";

function disk(megabytes: number) {
  const opened = openDisk(megabytes);
  onTestFinished(() => opened.remove());
  return opened;
}

/** A workshop whose store and queue are on a disk of their own. */
async function workshopOn(folder: string) {
  return openWorkshop(() => ({
    store: filesystemStore(join(folder, "store")),
    queue: filesystemQueue(join(folder, "queue"), { leaseMs: 60_000, pollMs: 5 }),
  }));
}

test.skipIf(canMount)("a full disk and a read-only one are tried: run as root, who may mount them", () => undefined);

describe.skipIf(!canMount)("a disk of its own", () => {
  const bytes = new Uint8Array(200_000);

  test("that is full refuses what is put in words, keeps what there is, and leaves nothing half done", async () => {
    const { folder, fill, free } = disk(1);
    const store = filesystemStore(folder);
    const queue = filesystemQueue(join(folder, "queue"), { leaseMs: 1000 });
    await store.put("a/b", new Uint8Array(9));
    await queue.send({ id: "x" }, "ann");
    await fill(0);
    for (const key of ["a/b", "a/c"]) await expect(store.put(key, bytes)).rejects.toMatchObject({ code: "STORAGE_FULL" });
    await expect(queue.send({ id: "y" }, "ann")).rejects.toMatchObject({ code: "STORAGE_FULL" });
    expect((await store.get("a/b"))?.bytes).toHaveLength(9);
    expect(await readdir(join(folder, ".tmp"))).toEqual([]);
    expect(await readdir(join(folder, "queue/tmp"))).toEqual([]);
    await free();
    expect(await store.put("a/c", bytes)).toEqual(expect.any(String));
  });

  test("that takes no sign of life ends no worker, which shows itself once it does", async () => {
    const { folder, readOnly } = disk(1);
    readOnly(true);
    const file = join(folder, "workers", processName());
    vi.useFakeTimers({ toFake: ["setInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    showAlive(file, () => "well");
    expect(await aliveWorkers(join(folder, "workers"))).toEqual([]);
    readOnly(false);
    vi.advanceTimersByTime(10_000);
    expect(await aliveWorkers(join(folder, "workers"))).toEqual([processName()]);
    expect(await readFile(file, "utf8")).toBe("well");
  });

  test("that can only be read says so, and is read", async () => {
    const { folder, readOnly } = disk(1);
    const store = filesystemStore(folder);
    await store.put("a/b", bytes);
    readOnly(true);
    for (const act of [() => store.put("a/b", bytes), () => store.put("c", bytes), () => store.remove("a/b")]) {
      await expect(act()).rejects.toMatchObject({
        code: "STORAGE_UNAVAILABLE",
        message: /EROFS/,
        details: { retryAfterSeconds: 10 },
      });
    }
    expect((await filesystemStore(folder).get("a/b"))?.bytes).toHaveLength(200_000);
    readOnly(false);
    expect(await store.remove("a/b")).toBe(true);
  });

  test("that is full before, or in the middle of, a job makes it wait, however often it is tried", async () => {
    const { folder, fill, free } = disk(4);
    const workshop = await workshopOn(folder);
    const { id, request } = await submit(workshop.deps, await submission());
    await fill(0);
    for (let i = 0; i < 4; i++) expect(await workshop.work()).toBe("waiting");
    const state = async () => fold((await readLog(workshop.deps.store, id))!);
    expect(await state()).toMatchObject({ status: "QUEUED", attempts: 0 });
    // The log fits, the results do not.
    await free();
    await fill(60_000);
    for (let i = 0; i < 4; i++) expect(await workshop.work()).toBe("waiting");
    expect(await state()).toMatchObject({ status: "QUEUED", attempts: 0 });
    expect((await state()).events.at(-1)).toMatchObject({ kind: "RELEASED", reason: "STOPPING", code: "STORAGE_FULL" });
    await expect(submit(workshop.deps, { ...(await submission()), options: { seed: 9 } })).resolves.toMatchObject({
      status: "QUEUED",
    });
    await free();
    expect(await workshop.work()).toBe("done");
    expect((await state()).status).toBe("SUCCEEDED");
    expect(workshop.errors).not.toEqual([]);
    for (const error of workshop.errors) expect(error).toMatchObject({ code: "STORAGE_FULL" });

    // And what there is can be deleted, which takes a little room itself.
    await fill(0);
    await deleteExplanation(workshop.deps, request.owner, id);
    expect((await workshop.deps.store.list("explanations/", undefined, 99)).filter((key) => key.includes(id))).toEqual([]);
  });

  test("that takes not even a line of the log keeps its worker waiting, which then goes on", async () => {
    const { folder, fill, free } = disk(4);
    const workshop = await workshopOn(folder);
    const { id } = await submit(workshop.deps, await submission());
    let isFull = false;
    workshop.classifier.before = () => {
      if (isFull) return;
      isFull = true;
      return fill(0);
    };
    const working = workshop.work();
    await expect.poll(() => workshop.errors.length, { timeout: 10_000 }).toBeGreaterThan(0);
    await free();
    expect(await working).toBe("waiting");
    expect(await workshop.work()).toBe("done");
    expect(fold((await readLog(workshop.deps.store, id))!)).toMatchObject({ status: "SUCCEEDED", attempts: 1 });
  });
});
