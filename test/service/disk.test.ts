import { mkdirSync } from "node:fs";
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { canMount, openDisk } from "../storage/small-disk.ts";
import { example, long, openPlace } from "./place.ts";

async function ready(origin: string) {
  const answer = await fetch(`${origin}/ready`);
  return { status: answer.status, ...((await answer.json()) as { ready: boolean; checks: Record<string, { code?: string }> }) };
}

test("/health is there at once, /ready once there is a worker, and says what is wrong when there is none", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  const { server, client } = await place.startService({ VITCX_API_KEYS: "ann=0123456789abcdef" });
  expect(await (await fetch(`${client.origin}/health`)).json()).toEqual({ alive: true });
  expect((await fetch(`${client.origin}/health`, { method: "POST" })).status).toBe(405);
  await server.printed(/"msg":"ready"/);
  await expect
    .poll(() => ready(client.origin), { timeout: 20_000, interval: 500 })
    .toEqual({
      status: 200,
      ready: true,
      checks: { store: { ok: true }, worker: { ok: true }, space: { ok: true } },
    });
  // As if it hung: nothing has been heard of it for three minutes.
  const folder = join(place.folder, "workers");
  const age = async () => {
    for (const name of await readdir(folder)) await utimes(join(folder, name), new Date(), new Date(Date.now() - 180_000));
    return ready(client.origin);
  };
  await expect.poll(age, { timeout: 20_000, interval: 100 }).toMatchObject({
    status: 503,
    ready: false,
    checks: { worker: { ok: false, code: "WORKER_LOST" } },
  });
  server.kill("SIGTERM");
  await server.ended;
  expect(await readdir(folder)).toEqual([]);
});

test.skipIf(canMount)("a folder on a full disk or one that can only be read: run as root, who may mount them", () => undefined);

describe.skipIf(!canMount)("a folder on a disk of its own", () => {
  test("that can only be read is refused in one sentence, by the server and by a worker", async ({ onTestFinished }) => {
    const disk = openDisk(1);
    onTestFinished(() => disk.remove());
    disk.readOnly(true);
    const place = await openPlace(onTestFinished);
    const VITCX_DATA = join(disk.folder, "data");
    for (const name of ["functions/server.ts", "functions/worker.ts"]) {
      const started = place.start(name, [], { VITCX_DATA });
      expect(await started.ended).toBe(1);
      expect(started.errors()).toBe(
        `The folder ${VITCX_DATA} cannot be written (EROFS): name another one in VITCX_DATA or --data, or let this user write there.\n`,
      );
    }
  });

  test("that is full refuses images and has jobs wait, which end well once there is space", async ({ onTestFinished }) => {
    const disk = openDisk(8);
    onTestFinished(() => disk.remove());
    const place = await openPlace(onTestFinished);
    const VITCX_DATA = join(disk.folder, "data");
    mkdirSync(VITCX_DATA);
    const { server, client } = await place.startService({ VITCX_DATA, VITCX_MIN_FREE_MB: "0.01" });
    await server.printed(/"msg":"ready"/);
    const id = await client.explainImage(example("key-octopus.png"), long);
    await client.followIntoTheMiddle(id);
    await disk.fill(0);
    await expect(client.explainImage(example("camera-cat.png"))).rejects.toThrow(/disk is full/);
    expect(await ready(client.origin)).toMatchObject({ status: 503, checks: { store: { code: "STORAGE_FULL" } } });
    await server.printed(/"outcome":"waiting"|STORAGE_FULL/);
    // A server starts all the same.
    const { client: another } = await place.startService({ VITCX_DATA });
    expect((await fetch(`${another.origin}/health`)).status).toBe(200);
    await disk.free();
    expect((await client.followToEnd(id)).at(-1)).toMatchObject({ kind: "SucceededEvent" });
    expect(await ready(client.origin)).toMatchObject({ status: 200 });
  });
});
