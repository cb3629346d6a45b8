import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { startCuttingProxy } from "../clients/cutting-proxy.ts";
import { send } from "./acts.ts";
import { hasChromium, launch, Server } from "./browser.ts";

const program = await readFile(new URL("../../docs/clients/event-source.js", import.meta.url), "utf8");

describe.skipIf(!hasChromium)("a browser's EventSource", { timeout: 120_000 }, () => {
  test("follows from a page of the same origin through two cut connections, without a lost or repeated event", async () => {
    await using server = new Server();
    const [browser] = await Promise.all([launch(), server.start()]);
    const proxy = await startCuttingProxy(server.origin, [1, 2]);
    const query = "mutation ($image: Upload) { explainImage(input: { image: $image }) { id } }";
    const { data } = (await send(server.origin, query, "crab")) as { data: { explainImage: { id: string } } };
    const page = await browser.newPage();
    await page.goto(proxy.origin);
    const events = await page.evaluate(`new Promise((resolve) => {
      ${program.replace("export ", "")}
      const events = [];
      follow(${JSON.stringify(data.explainImage.id)}, (event) => {
        events.push(event);
        if (event.__typename === "SucceededEvent") setTimeout(() => resolve(events), 500);
      });
    })`);
    await browser.close();
    await proxy.stop();
    const sequences = (events as { sequence: number }[]).map(({ sequence }) => sequence);
    expect(sequences.length).toBeGreaterThan(5);
    expect(sequences).toEqual(sequences.map((_, n) => n + 1));
    expect(proxy.cuts()).toBe(2);
  });
});
