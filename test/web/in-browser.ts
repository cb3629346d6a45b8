import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launch, Server } from "./browser.ts";

/** A page that nothing is open on, and the context that is its own. */
export interface FreshPage {
  readonly context: BrowserContext;
  readonly page: Page;
}

/**
 * For the tests of a file: a server of their own, with these variables, and a browser. `open` gives a fresh page, of a wide window
 * where nothing else is said, which is closed after the test; it must have complained of nothing, and asked no other host for
 * anything.
 */
export function inBrowser(env: Readonly<Record<string, string>> = {}) {
  const server = new Server(env);
  let browser: Browser;
  const opened: BrowserContext[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    [browser] = await Promise.all([launch(), server.start()]);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((context) => context.close()));
    expect(complaints.splice(0)).toEqual([]);
  });

  async function open(options: BrowserContextOptions = {}): Promise<FreshPage> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    opened.push(context);
    context.setDefaultTimeout(120_000);
    context.on("weberror", (error) => complaints.push(error.error().message));
    context.on("console", (message) => {
      if (message.type() === "error" && !/ERR_|status of/.test(message.text())) complaints.push(message.text());
    });
    context.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol.startsWith("http") && origin !== server.origin) complaints.push(request.url());
    });
    return { context, page: await context.newPage() };
  }

  return { server, open };
}

/** The window of a phone. */
export const phone: BrowserContextOptions = { viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true };
