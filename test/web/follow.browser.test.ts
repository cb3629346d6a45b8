import type { Page, Route } from "playwright-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { json, send } from "./acts.ts";
import { hasChromium } from "./browser.ts";
import { inBrowser } from "./in-browser.ts";

const LOST = "The connection is lost";

describe.skipIf(!hasChromium)("following over streams that end", { timeout: 180_000 }, () => {
  const { server, open } = inBrowser();
  let page: Page;
  /** What happens to the requests for events, one after the other; those after them reach the server. */
  let fates: ((route: Route) => Promise<void>)[];
  let followed: number;
  /** An explanation that the worker is busy with for as long as a test wants. */
  let inFront: string;

  beforeEach(async () => {
    [fates, followed] = [[], 0];
    inFront = await explain("noiseDraws: 64, delta: 0.004");
    ({ page } = await open());
    await page.addInitScript(() => {
      // Everything that is said of the progress, however shortly.
      const said = ((window as unknown as { said: string[] }).said = []) as string[];
      const look = () => said.push(document.querySelector(".watch-words")?.textContent ?? "");
      new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
    });
    await page.route("**/graphql", async (route) => {
      if (!route.request().postData()?.includes("subscription")) return route.continue();
      followed += 1;
      return (fates.shift() ?? ((route) => route.continue()))(route);
    });
  });
  afterEach(async () => {
    await ask(`mutation { cancelExplanation(id: "${inFront}") { id } }`).catch(() => undefined);
  });

  const ask = async (query: string) =>
    (await fetch(`${server.origin}/graphql`, { method: "POST", headers: json, body: JSON.stringify({ query }) })).json();
  let seed = 1;
  const explain = async (options: string) => {
    const query = `mutation ($image: Upload) { explainImage(input: { image: $image, method: { vitCx: { seed: ${seed++}, ${options} } } }) { id } }`;
    return ((await send(server.origin, query, "crab")) as { data: { explainImage: { id: string } } }).data.explainImage.id;
  };
  const events = (body: string) => (route: Route) => route.fulfill({ contentType: "text/event-stream", body });
  const ended = events("event: complete\ndata: \n\n");
  const failed = (code: string) =>
    events(`event: next\ndata: ${JSON.stringify({ errors: [{ message: "Oh no.", extensions: { code } }] })}\n\n`);
  /** The one event that there is while an explanation waits, so that the server has no more to tell. */
  const queued = events(
    `event: next\ndata: {"data":{"explanationProgress":{"__typename":"QueuedEvent","sequence":1}}}\n\nevent: complete\ndata: \n\n`,
  );
  const broken = (route: Route) => route.abort("connectionrefused");
  const said = () => page.evaluate(() => (window as unknown as { said: string[] }).said.join("\n"));
  const words = (text: string) => page.locator(".watch-words").getByText(text).waitFor();

  test("a stream that ends is taken up again without a word, and so is one that the server fails at", async () => {
    fates = [ended, ended, failed("INTERNAL"), failed("SERVICE_UNREACHABLE"), ended];
    await page.goto(`${server.origin}/explanations/${await explain("delta: 0.2")}`);
    await words("Waiting for a worker");
    await expect.poll(() => followed, { timeout: 60_000 }).toBe(6);
    await ask(`mutation { cancelExplanation(id: "${inFront}") { id } }`);
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
    expect(await said()).not.toContain(LOST);
    expect(followed).toBe(6);
  });

  test("what is lost is said until the server is reached again, though nothing happens then", async () => {
    fates = [queued, broken, broken, broken];
    await page.goto(`${server.origin}/explanations/${await explain("delta: 0.2")}`);
    await words(LOST);
    await words("Waiting for a worker");
    expect(followed).toBe(5);
    expect(await said()).toContain(LOST);
  });

  test("a server that fails again and again, or refuses, is believed", async () => {
    fates = Array.from({ length: 5 }, () => failed("INTERNAL"));
    const id = await explain("delta: 0.2");
    await page.goto(`${server.origin}/explanations/${id}`);
    await page.getByText("Oh no.").waitFor();
    expect(followed).toBe(5);
    fates = [failed("EXPLANATION_UNKNOWN")];
    await page.reload();
    await page.getByText("Oh no.").waitFor();
    expect(followed).toBe(6);
  });
});
