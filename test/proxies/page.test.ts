import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "../service/client.ts";
import { openPlace } from "../service/place.ts";
import { largePicture } from "../web/acts.ts";
import { hasChromium, launch } from "../web/browser.ts";
import { holdWorker } from "./hold-worker.ts";
import { nginx, type Proxy } from "./proxy.ts";

const missing = [...(hasChromium ? [] : ["chromium"]), ...(nginx.isInstalled ? [] : ["nginx"])];
const title = missing.length === 0 ? "the page behind nginx" : `the page behind nginx: apt-get install ${missing.join(" ")}`;

describe.skipIf(missing.length > 0)(title, { timeout: 180_000 }, () => {
  let service: Client;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const proxies: Proxy[] = [];
  /** What the browser refused for the page's policy. */
  const refused: string[] = [];
  beforeAll(async () => {
    const place = await openPlace(afterAll);
    [browser, { client: service }] = await Promise.all([launch(), place.startService()]);
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(60_000);
    context.on("console", (message) => void (/Content Security Policy/.test(message.text()) && refused.push(message.text())));
    page = await context.newPage();
  });
  afterEach(async () => {
    await context.close();
    await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
    expect(refused.splice(0)).toEqual([]);
  });

  async function behindNginx(change?: (config: string) => string): Promise<Proxy> {
    const proxy = await nginx.start(service.origin, change);
    proxies.push(proxy);
    return proxy;
  }
  const give = async () =>
    page.setInputFiles("input[type=file]", { name: "x.png", mimeType: "image/png", buffer: await largePicture() });

  test("a photograph above 4 MB is explained, though the server does not know its own name", async () => {
    const { origin } = await behindNginx();
    await page.goto(origin);
    await give();
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
  });

  test("what nginx takes no photograph of this size says, the page understands", async () => {
    const { origin } = await behindNginx((config) => config.replace(/client_max_body_size .*;/, ""));
    await page.goto(origin);
    await give();
    await page.getByText("A proxy before the server does not take a photograph of this size").waitFor();
    await page.setInputFiles("input[type=file]", {
      name: "y.png",
      mimeType: "image/png",
      buffer: (await largePicture()).subarray(0, 3e6),
    });
    await page.getByText("A proxy before the server does not take a request of this size").waitFor();
  });

  test("twelve tabs watch over one connection of HTTP/2, and all see progress", async () => {
    const { origin } = await behindNginx();
    const { id, letGo } = await holdWorker(service, 3);
    const tabs = await Promise.all(Array.from({ length: 12 }, () => context.newPage()));
    const versions = new Set<string>();
    for (const tab of tabs) {
      await tab.goto(`${origin}/explanations/${id}`);
      await tab.locator(".watch-words").getByText("Waiting for a worker").waitFor();
      versions.add(
        await tab.evaluate(() => (performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming).nextHopProtocol),
      );
    }
    expect([...versions]).toEqual(["h2"]);
    await letGo();
    await Promise.all(tabs.map((tab) => tab.getByRole("heading", { name: "Keep it" }).waitFor()));
  });
});
