import type { Request } from "playwright-core";
import { describe, expect, test } from "vitest";
import { json, send } from "./acts.ts";
import { hasChromium } from "./browser.ts";
import { inBrowser } from "./in-browser.ts";

describe.skipIf(!hasChromium)("many tabs over HTTP/1.1, of which a browser has six connections", { timeout: 180_000 }, () => {
  const { server, open } = inBrowser();

  const ask = async (query: string) =>
    (await fetch(`${server.origin}/graphql`, { method: "POST", headers: json, body: JSON.stringify({ query }) })).json();
  const explain = async (options: string) => {
    const query = `mutation ($image: Upload) { explainImage(input: { image: $image, method: { vitCx: { ${options} } } }) { id } }`;
    return ((await send(server.origin, query, "crab")) as { data: { explainImage: { id: string } } }).data.explainImage.id;
  };

  test("twelve that watch explanations of their own all see progress, over few streams", async () => {
    const inFront = await explain("noiseDraws: 64, delta: 0.004");
    const { context } = await open();
    let [streams, most] = [0, 0];
    const isStream = (text: string | null) => text?.includes("subscription") ?? false;
    context.on("request", (request) => void (isStream(request.postData()) && (most = Math.max(most, ++streams))));
    const ended = (request: Request) => void (isStream(request.postData()) && streams--);
    context.on("requestfinished", ended).on("requestfailed", ended);

    const tabs = await Promise.all(Array.from({ length: 12 }, () => context.newPage()));
    await Promise.all(
      tabs.map(async (tab, seed) => {
        await tab.goto(`${server.origin}/explanations/${await explain(`seed: ${seed}`)}`);
        await tab.locator(".watch-words").getByText("Waiting for a worker").waitFor();
      }),
    );
    const answered = await tabs[11]!.evaluate(async (headers) => {
      const request = { method: "POST", headers, body: '{"query":"{__typename}"}', signal: AbortSignal.timeout(5000) };
      return (await fetch("/graphql", request)).status;
    }, json);
    expect(answered).toBe(200);
    await ask(`mutation { cancelExplanation(id: "${inFront}") { id } }`);
    await Promise.all(
      tabs.map(async (tab) => {
        await tab.getByRole("heading", { name: "Keep it" }).waitFor();
        // Twelve results that are drawn at a time keep a small machine busy for minutes.
        await tab.close();
      }),
    );
    expect(most).toBeGreaterThan(1);
    // A tab that is too busy to answer in time may be one too many; six would leave no connection for questions.
    expect(most).toBeLessThan(6);
  });
});
