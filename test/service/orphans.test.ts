import { readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { workerPids } from "./client.ts";
import { example, long, openPlace } from "./place.ts";

/** The processes of a group that are there. */
function groupOf(leader: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return Number(group) === leader && state !== "Z";
      } catch {
        return false;
      }
    })
    .map(Number);
}

test.skipIf(process.platform !== "linux")(
  "a worker whose server is killed while it starts ends, at any moment",
  async ({ onTestFinished }) => {
    const place = await openPlace(onTestFinished);
    for (const ms of [50, 800]) {
      const server = place.start("functions/server.ts");
      await server.printed(/listens on/);
      await setTimeout(ms);
      server.kill("SIGKILL");
      await expect.poll(() => groupOf(server.pid), { timeout: 60_000 }).toEqual([]);
    }
  },
);

test("a worker that hangs is killed when its server is told to end, and when its server is killed", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    // Blocks the thread for good at SIGUSR2, as a driver that does not answer would.
    const code = 'process.on("SIGUSR2", () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))';
    const hang = `data:text/javascript,${encodeURIComponent(code)}`;
    const { client, server } = await place.startService({ VITCX_STOP_SECONDS: "1", NODE_OPTIONS: `--import ${hang}` });
    const id = await client.explainImage(example("crab.png"), {
      method: { vitCx: { ...long.method.vitCx, seed: signal === "SIGTERM" ? 1 : 2 } },
    });
    const [worker] = workerPids(await client.followIntoTheMiddle(id));
    process.kill(worker!, "SIGUSR2");
    await setTimeout(300);
    server.kill(signal);
    expect(await server.ended).toBe(signal === "SIGTERM" ? 0 : null);
  }
});
