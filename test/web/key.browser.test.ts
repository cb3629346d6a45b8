import type { BrowserContext, Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { begin, largePicture, violations } from "./acts.ts";
import { example, hasChromium } from "./browser.ts";
import { inBrowser } from "./in-browser.ts";

const ann = "ann-has-a-key-0123456789";
const bob = "bob-has-a-key-0123456789";

describe.skipIf(!hasChromium)("a server that wants an API key", { timeout: 180_000 }, () => {
  const { server, open } = inBrowser({ VITCX_API_KEYS: `ann=${ann},bob=${bob}` });
  let context: BrowserContext;
  let page: Page;
  /** Every address that the page asked for, and what it sent to the API with which key. */
  let addresses: string[];
  let keys: (string | undefined)[];

  beforeEach(async () => {
    [addresses, keys] = [[], []];
    ({ context, page } = await open());
    context.on("request", (request) => {
      addresses.push(request.url());
      if (new URL(request.url()).pathname === "/graphql") keys.push(request.headers()["x-api-key"]);
    });
  });
  afterEach(() => {
    // A key is never part of an address.
    for (const address of addresses) expect(address).not.toMatch(/has-a-key/);
  });

  const field = () => page.getByLabel("API key", { exact: true });
  const dialog = () => page.getByRole("dialog");
  const enter = async (key: string) => {
    await field().fill(key);
    await page.keyboard.press("Enter");
  };

  test("is asked with one, which is entered once and told in words where it is wrong", async () => {
    await page.goto(server.origin);
    await page.getByRole("dialog", { name: "This server asks for an API key" }).waitFor();
    await expect.poll(() => field().evaluate((input) => input === document.activeElement)).toBe(true);
    expect(await violations(page)).toEqual([]);
    await enter(" ");
    await page.getByText("Enter the key first.").waitFor();
    await enter("two words");
    await page.getByText("A key has letters, digits and signs, but no spaces.").waitFor();
    await enter(`${ann}x`);
    await page.getByText("The server does not know this key.").waitFor();
    expect(await field().getAttribute("aria-invalid")).toBe("true");
    expect(await violations(page)).toEqual([]);
    await enter(` ${ann} `);
    await dialog().waitFor({ state: "hidden" });

    // What was refused goes on by itself, and so does the whole of a run: the request, its events, its pictures.
    await begin(page, server.origin, 31);
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
    await page.getByRole("link", { name: "Past" }).click();
    await expect.poll(() => page.locator(".card img").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(160);
    expect(keys.slice(-5)).toEqual(Array(5).fill(ann));
    await page.reload();
    await page.locator(".card").waitFor();
    // Until the tab is closed, and no longer.
    const stored = await page.evaluate(() => [localStorage.length, sessionStorage.length]);
    expect(stored).toEqual([0, 1]);
    const another = await context.newPage();
    await another.goto(`${server.origin}/explanations`);
    await another.getByRole("dialog").waitFor();
  });

  test("refuses a photograph that is dropped, and takes it once there is a key", async () => {
    await page.goto(server.origin);
    await page.getByRole("button", { name: "Not now" }).click();
    await dialog().waitFor({ state: "hidden" });
    await page.getByText("This server answers only with an API key.").waitFor();
    await page.getByLabel("Class to explain").fill("cat");
    await page.setInputFiles("input[type=file]", example("camera-cat"));
    await enter(ann);
    await page.getByRole("heading", { name: "Why cat?" }).waitFor();
    expect(new Set(keys)).toEqual(new Set([undefined, ann]));
  });

  test("is asked anew when the key is no longer accepted, and the watching goes on", async () => {
    await context.addInitScript((key) => localStorage.setItem("vitcx:key", key), ann);
    await begin(page, server.origin, 32);
    await server.stop();
    await page.locator(".watch-words").getByText("The connection is lost").waitFor();
    await page.evaluate(() => localStorage.setItem("vitcx:key", "a-key-that-was-taken-back"));
    await server.start();
    await page.getByText("The key that this browser holds is no longer accepted.").waitFor();
    await enter(ann);
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
    expect(keys.at(-1)).toBe(ann);
  });

  test("takes a large photograph by itself, too", async () => {
    await context.addInitScript((key) => sessionStorage.setItem("vitcx:key", key), ann);
    await page.goto(server.origin);
    await page.setInputFiles("input[type=file]", { name: "large.png", mimeType: "image/png", buffer: await largePicture() });
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
    expect(addresses.filter((address) => address.includes("/uploads/ann/"))).toHaveLength(1);
  });

  test("forgets, and shows another owner nothing of the first", async () => {
    await page.goto(server.origin);
    await page.getByText("Remember it in this browser").click();
    await enter(ann);
    await dialog().waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Example: crab" }).click();
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
    const permalink = page.url();
    const another = await context.newPage();
    await another.goto(permalink);
    await another.getByRole("heading", { name: "Keep it" }).waitFor();
    await another.close();

    await page.getByRole("button", { name: "Key", exact: true }).click();
    await page.getByText("This browser holds a key until you forget it.").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await dialog().waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Key", exact: true }).click();
    await page.getByRole("button", { name: "Forget the key" }).click();
    await page.waitForURL(`${server.origin}/`);
    await page.getByRole("heading", { name: "This server asks for an API key" }).waitFor();
    expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
    await enter(bob);
    await dialog().waitFor({ state: "hidden" });
    await page.goto(permalink);
    await page.getByRole("heading", { name: "No such explanation" }).waitFor();
    // And back: the view is loaded anew.
    await page.getByRole("button", { name: "Key", exact: true }).click();
    await page.getByLabel("Another key").fill(ann);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
  });
});
