import type { Page } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import { drawing, json, send, sticksOut, violations } from "./acts.ts";
import { hasChromium } from "./browser.ts";
import { inBrowser, phone } from "./in-browser.ts";

describe.skipIf(!hasChromium)("getting about in Chromium", { timeout: 180_000 }, () => {
  const { server, open } = inBrowser();
  let page: Page;

  beforeEach(async () => {
    ({ page } = await open());
    await page.goto(server.origin);
  });

  const cat = async () => {
    await page.getByRole("button", { name: "Example: camera and cat" }).click();
    await page.getByRole("heading", { name: "What the map is made of" }).waitFor();
    await page.mouse.move(0, 0);
  };
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");

  test("the skip link leads to the content of each view", async () => {
    for (const path of ["/", "/explanations"]) {
      await page.goto(server.origin + path);
      await page.keyboard.press("Tab");
      expect(await focused()).toBe("Skip to the content");
      await page.keyboard.press("Enter");
      await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("main");
    }
  });

  test("who comes back to the past finds it as it was, and what was not finished goes on", async () => {
    const ids: string[] = [];
    for (let seed = 200; seed < 232; seed++) {
      const query = `mutation ($image: Upload) { explainImage(input: { image: $image, method: { vitCx: { seed: ${seed} } } }) { id } }`;
      const { data } = (await send(server.origin, query, "hamburger")) as { data: { explainImage: { id: string } } };
      ids.unshift(data.explainImage.id);
      const body = JSON.stringify({ query: `mutation { cancelExplanation(id: "${ids[0]}") { id } }` });
      // All but the newest.
      if (seed < 231) await fetch(`${server.origin}/graphql`, { method: "POST", headers: json, body });
    }
    await page.goto(`${server.origin}/explanations`);
    const cards = page.locator(".card");
    await cards.nth(23).waitFor();
    await page.mouse.wheel(0, 10_000);
    await cards.nth(31).waitFor();
    // Told by itself that it is done.
    await cards.first().getByText(/%/).waitFor();
    await cards.nth(28).scrollIntoViewIfNeeded();
    const y = await page.evaluate(() => window.scrollY);
    expect(y).toBeGreaterThan(300);
    expect(await cards.nth(28).innerText()).toMatch(/cancelled/i);
    await cards.nth(28).click();
    await page.waitForURL(new RegExp(ids[28]!));
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.goBack();
    await cards.nth(31).waitFor();
    await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(y);
    // The link begins with the newest.
    await page.getByRole("link", { name: "Explain" }).click();
    await page.getByRole("link", { name: "Past" }).click();
    await cards.first().waitFor();
    expect(await page.evaluate(() => window.scrollY)).toBe(0);
  });

  test("the keyboard goes on where a button was: at the note of what was cancelled, at the first of more masks", async () => {
    await cat();
    const more = page.getByRole("button", { name: /^Show all/ });
    const shown = await page.getByRole("button", { name: /^Mask / }).count();
    await more.focus();
    await page.keyboard.press("Enter");
    await more.waitFor({ state: "detached" });
    const next = page.getByRole("button", { name: /^Mask / }).nth(shown);
    await expect.poll(() => next.evaluate((node) => node === document.activeElement)).toBe(true);

    await page.goto(server.origin);
    await page.getByText("Measure the map").click();
    await page.getByLabel("Sparseness").check();
    await page.getByLabel("Stability").check();
    await page.getByText("Options of Stability").click();
    await page.getByLabel("Seeds", { exact: true }).fill("32");
    await page.getByRole("button", { name: "Example: mushroom" }).click();
    await page.locator(".values").getByText("less is better").or(page.locator(".values").getByText("more is better")).waitFor();
    await page.getByRole("button", { name: "Cancel the measuring" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(focused).toContain("The measuring was cancelled; the map is whole.");
    await expect
      .poll(() => page.locator(".values > div").allInnerTexts())
      .toEqual([expect.stringMatching(/^Sparseness\n0\.\d{3}/), expect.stringMatching(/^Stability\ncancelled$/)]);
    expect(await violations(page)).toEqual([]);
  });

  test("what the keyboard goes to on a phone does not lie below the picture", async () => {
    await page.setViewportSize({ width: 375, height: 700 });
    await cat();
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page
      .getByRole("button", { name: /^Mask / })
      .last()
      .focus();
    for (let i = 0; i < 14; i++) {
      await page.keyboard.press("Shift+Tab");
      const [top, bottom] = await page.evaluate(() => [
        document.activeElement!.getBoundingClientRect().top,
        document.querySelector(".frames")!.getBoundingClientRect().bottom,
      ]);
      expect(top).toBeGreaterThanOrEqual(bottom);
    }
    await page.setViewportSize({ width: 320, height: 640 });
    for (const way of ["Overlay", "Reveal", "Side by side"]) {
      await page.getByText(way, { exact: true }).click();
      expect(await sticksOut(page)).toEqual([]);
    }
  });

  test("a finger's reading stays when it is lifted", async () => {
    ({ page } = await open(phone));
    await page.goto(server.origin);
    await page.getByRole("button", { name: "Example: crab" }).click();
    await page.getByRole("heading", { name: "What the map is made of" }).waitFor();
    await page.getByRole("application").tap({ position: { x: 90, y: 70 } });
    await expect.poll(() => page.locator(".legend output").textContent()).toMatch(/^[01]\.\d\d at \d+, \d+$/);
    const before = await drawing(page);
    const mask = page.getByRole("button", { name: /^Mask / }).first();
    await mask.tap();
    await expect.poll(() => drawing(page)).not.toBe(before);
    await mask.tap();
    await expect.poll(() => drawing(page)).toBe(before);
    expect(await sticksOut(page)).toEqual([]);
  });
});
