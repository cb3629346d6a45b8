import type { BrowserContext, Page } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import { begin, drawing, give, json, largePicture, read, send, sticksOut, violations } from "./acts.ts";
import { example, hasChromium } from "./browser.ts";
import { inBrowser } from "./in-browser.ts";

describe.skipIf(!hasChromium)("the page in Chromium", { timeout: 180_000 }, () => {
  const { server, open } = inBrowser();
  let context: BrowserContext;
  let page: Page;
  beforeEach(async () => {
    ({ context, page } = await open({ acceptDownloads: true, permissions: ["clipboard-read", "clipboard-write"] }));
  });

  test("drop an example, watch, see the map, ask for another class, look at the masks, find it in the past", async () => {
    await page.goto(server.origin);
    await give(page, "key-octopus", "drop");
    await page.waitForURL(/\/explanations\/[0-9a-z]+$/);
    await page.getByRole("heading", { name: "What the map is made of" }).waitFor();
    const [first, second] = await page.locator(".classes .name").allTextContents();
    await page.getByRole("heading", { name: `Why ${first}?` }).waitFor();
    const permalink = page.url();

    const before = await drawing(page);
    await page.getByRole("button", { name: new RegExp(`^${second}`) }).click();
    await page.getByRole("heading", { name: `Why ${second}?` }).waitFor();
    await expect.poll(() => drawing(page)).not.toBe(before);

    await page.getByLabel("And why not").fill("tropical fish");
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    await page.getByRole("heading", { name: "Why tropical fish?" }).waitFor();
    expect(page.url()).toBe(`${permalink}?class=0`);

    const count = Number(/became (\d+) masks/.exec(await page.locator(".masks .lead").innerText())![1]);
    await page.getByRole("button", { name: `Show all ${count}` }).click();
    const masks = page.getByRole("button", { name: /^Mask / });
    expect(await masks.count()).toBe(count);
    const scores = await masks.locator(".score").allTextContents();
    const numbers = scores.map((score) => Number(score.replace("−", "-")));
    expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
    const map = await drawing(page);
    await masks.nth(1).focus();
    await expect.poll(() => drawing(page)).not.toBe(map);
    expect(await masks.nth(1).innerText()).toMatch(/kept\s+[\d.]+ %\s+whole\s+[\d.]+ %\s+noise\s+[\d.]+ %/);

    await page.getByRole("link", { name: "Past" }).click();
    const card = page.getByRole("link", { name: new RegExp(`^${first}`) });
    const picture = card.locator("img");
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(160);
    expect(await picture.getAttribute("src")).toMatch(/thumbnail\.jpeg/);
    await card.click();
    expect(page.url()).toBe(permalink);
    await page.getByRole("heading", { name: `Why ${first}?` }).waitFor();

    const fresh = await context.newPage();
    await fresh.goto(`${permalink}?class=0`);
    await fresh.getByRole("heading", { name: "Why tropical fish?" }).waitFor();
  });

  test("the map is read by pointer and keyboard, shown in other ways, and taken away", async () => {
    await page.goto(server.origin);
    await page.getByRole("button", { name: "Example: crab" }).click();
    await page.getByRole("heading", { name: "Keep it" }).waitFor();

    const stage = page.getByRole("application");
    await stage.hover({ position: { x: 60, y: 60 } });
    expect(await page.locator("output").textContent()).toMatch(/^[01]\.\d\d at \d+, \d+$/);
    await stage.focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.locator("output").textContent()).toMatch(/^[01]\.\d\d at 120, 112$/);

    for (const way of ["Viridis", "Grey", "Reveal", "Side by side", "Overlay"]) {
      const before = await drawing(page);
      await page.getByText(way, { exact: true }).click();
      await expect.poll(() => drawing(page)).not.toBe(before);
    }
    await page.getByText("Reveal", { exact: true }).click();
    const half = await drawing(page);
    await page.getByLabel("Threshold").fill("90");
    await expect.poll(() => drawing(page)).not.toBe(half);

    const png = page.waitForEvent("download");
    await page.getByRole("button", { name: "PNG" }).click();
    expect(await read(await png)).toMatch(/^.PNG/);
    const npy = page.waitForEvent("download");
    await page.getByRole("link", { name: ".npy" }).click();
    expect(await read(await npy)).toContain("'shape': (224, 224)");
    await page.getByRole("button", { name: "Copy the request" }).click();
    await page.getByText("copied").waitFor();
    const query = await page.evaluate(() => navigator.clipboard.readText());
    expect(query).toContain('model: "emoji-vit"');
    expect(await send(server.origin, query, "crab")).toEqual({ data: { explainImage: { id: expect.any(String) } } });
  });

  test("another method is asked, and its map is measured", async () => {
    await page.goto(server.origin);
    await page.getByText("Advanced").click();
    await page.getByLabel("Method").selectOption("Occlusion");
    await page.getByLabel("Window").fill("64");
    await page.getByLabel("Stride").fill("32");
    await page.getByText("Measure the map").click();
    await page.getByLabel("Deletion").check();
    await page.getByLabel("Insertion").check();
    for (const metric of ["Deletion", "Insertion"]) await page.getByText(`Options of ${metric}`).click();
    for (const steps of await page.getByLabel("Steps").all()) await steps.fill("16");
    await page.getByRole("button", { name: "Example: sunflower" }).click();
    for (const curve of ["Deletion", "Insertion"]) await page.getByRole("img", { name: new RegExp(`^${curve} curve`) }).waitFor();
    expect(await page.getByRole("heading", { name: "What the map is made of" }).count()).toBe(0);
    expect(await page.locator("pre").innerText()).toContain("method: { occlusion: { window: 64, stride: 32 } }");
    expect(await violations(page)).toEqual([]);
    await page.getByRole("link", { name: "Ask again" }).click();
    await expect.poll(() => page.getByLabel("Window").inputValue()).toBe("64");
    expect(await page.getByLabel("Insertion").isChecked()).toBe(true);
    expect(await page.getByLabel("Sparseness").isChecked()).toBe(false);
  });

  test("a photograph is pasted", async () => {
    await page.goto(server.origin);
    await give(page, "mushroom", "paste");
    await page.getByRole("heading", { name: /^Why .+\?/ }).waitFor();
  });

  test("a large photograph travels by itself, and what is too large or breaks is said beside the field", async () => {
    await page.goto(server.origin);
    const choose = (buffer: Buffer) =>
      page.setInputFiles("input[type=file]", { name: "large.png", mimeType: "image/png", buffer });
    await choose(Buffer.alloc(21_000_000));
    await page.locator("#image-error").getByText("it has 21,000,000 bytes, and an upload may have at most 20,000,000").waitFor();

    const large = await largePicture();
    await page.route("**/uploads/**", (route) => route.abort());
    await choose(large);
    await page.locator("#image-error").getByText("The connection broke while the photograph was being sent.").waitFor();
    await page.unroute("**/uploads/**");
    const put = page.waitForRequest((request) => request.method() === "PUT");
    const asked = page.waitForRequest((request) => request.postData()?.includes("explainImage") ?? false);
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    expect((await put).headers()["content-type"]).toBe("application/octet-stream");
    expect(JSON.parse((await asked).postData()!).variables.input).toMatchObject({ upload: expect.stringMatching(/^\w+$/) });
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
    const picture = page.locator(".frames img").first();
    expect(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1300);
  });

  test("a reload in mid-run goes on where it was", async () => {
    await begin(page, server.origin, 11);
    await page.waitForFunction(() => document.querySelector("progress")!.value > 0.15);
    const value = await page.locator("progress").evaluate((bar: HTMLProgressElement) => bar.value);
    const followed = page.waitForRequest((request) => request.postData()?.includes("subscription") ?? false);
    await page.reload();
    await page.waitForSelector("progress");
    expect(await page.locator("progress").evaluate((bar: HTMLProgressElement) => bar.value)).toBeGreaterThanOrEqual(value);
    // Not from the beginning: queued, started, classified and clustered are known already.
    expect(JSON.parse((await followed).postData()!).variables.after).toBeGreaterThanOrEqual(4);
    await page.locator(".frames canvas").waitFor();
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
  });

  test("a run is cancelled", async () => {
    await begin(page, server.origin, 12);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("It was cancelled").waitFor();
    await page.getByRole("link", { name: "Ask again" }).click();
    await page.getByAltText("The chosen photograph").waitFor();
    expect(await page.getByLabel("Clustering threshold").inputValue()).toBe("0.05");
  });

  test("what is wrong is said in words beside its field", async () => {
    await page.goto(server.origin);
    await page.setInputFiles("input[type=file]", { name: "x.png", mimeType: "image/png", buffer: Buffer.from("not a picture") });
    await page.locator("#image-error").getByText(/image/i).waitFor();

    await page.getByLabel("Class to explain").fill("unicorn");
    await page.setInputFiles("input[type=file]", example("crab"));
    await page
      .locator("#target-error")
      .getByText(/no class "unicorn"/)
      .waitFor();
    await page.getByLabel("Class to explain").fill("");
    await page.getByText("Advanced").click();
    await page.getByLabel("Clustering threshold").fill("3");
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page
      .locator("#options\\.delta-error")
      .getByText(/above 0 and at most 2/)
      .waitFor();
    expect(await page.getByLabel("Clustering threshold").getAttribute("aria-invalid")).toBe("true");

    await page.goto(`${server.origin}/explanations/nosuchthing`);
    await page.getByRole("heading", { name: "No such explanation" }).waitFor();
  });

  test("the past goes on as far as one scrolls", async () => {
    const ids: string[] = [];
    for (let seed = 100; seed < 130; seed++) {
      const query = `mutation ($image: Upload) { explainImage(input: { image: $image, method: { vitCx: { seed: ${seed} } } }) { id } }`;
      const { data } = (await send(server.origin, query, "hamburger")) as { data: { explainImage: { id: string } } };
      ids.unshift(`/explanations/${data.explainImage.id}`);
      const cancel = `mutation { cancelExplanation(id: "${data.explainImage.id}") { id } }`;
      await fetch(`${server.origin}/graphql`, { method: "POST", headers: json, body: JSON.stringify({ query: cancel }) });
    }
    await page.goto(`${server.origin}/explanations`);
    const cards = page.locator(".card");
    await cards.nth(23).waitFor();
    await page.mouse.wheel(0, 10_000);
    await cards.nth(29).waitFor();
    const links = await cards.evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    expect(links.slice(0, 30)).toEqual(ids);
  });

  test("the server goes and comes back", async () => {
    await begin(page, server.origin, 13);
    await page.waitForFunction(() => document.querySelector("progress")!.value > 0.1);
    await server.stop();
    await page.locator(".watch-words").getByText("The connection is lost").waitFor();
    await server.start();
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
  });

  test.each(["light", "dark"] as const)("axe finds no violation on any view (%s)", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(server.origin);
    await page.getByRole("button", { name: "Example: mushroom" }).waitFor();
    await page.getByText("Advanced").click();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel("Class to explain").fill("unicorn");
    await page.setInputFiles("input[type=file]", example("crab"));
    await page.getByText(/no class "unicorn"/).waitFor();
    expect(await violations(page)).toEqual([]);

    await begin(page, server.origin, colorScheme === "light" ? 21 : 22);
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("It was cancelled").waitFor();
    expect(await violations(page)).toEqual([]);

    await page.goto(server.origin);
    await page.getByRole("button", { name: "Example: mushroom" }).click();
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
    for (const way of ["Overlay", "Reveal", "Side by side"]) {
      await page.setViewportSize(way === "Reveal" ? { width: 360, height: 740 } : { width: 1280, height: 860 });
      await page.getByText(way, { exact: true }).click();
      expect(await violations(page)).toEqual([]);
      expect(await sticksOut(page)).toEqual([]);
    }
    await page.getByRole("link", { name: "Past" }).click();
    await page.locator(".card").first().waitFor();
    expect(await violations(page)).toEqual([]);
    await page.goto(`${server.origin}/explanations/nosuchthing`);
    await page.getByRole("heading", { name: "No such explanation" }).waitFor();
    expect(await violations(page)).toEqual([]);
  });
});
