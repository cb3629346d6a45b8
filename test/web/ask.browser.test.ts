import type { Page } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import { give, largePicture, sticksOut, violations } from "./acts.ts";
import { example, hasChromium } from "./browser.ts";
import { inBrowser, phone } from "./in-browser.ts";

describe.skipIf(!hasChromium)("asking", { timeout: 180_000 }, () => {
  const { server, open } = inBrowser();
  let page: Page;
  /** How often an explanation was asked for. */
  let asked: number;

  beforeEach(async () => {
    ({ page } = await open());
    asked = 0;
    page.on("request", (request) => (asked += request.postData()?.includes("mutation ExplainImage") ? 1 : 0));
    await page.goto(server.origin);
    await page.getByRole("button", { name: "Example: crab" }).waitFor();
  });

  const fold = (name: string) => page.locator("summary").getByText(name);
  const focused = () => page.evaluate(() => document.activeElement?.id);
  const choose = () => page.setInputFiles("input[type=file]", example("crab"));

  test("what is wrong in a fold unfolds it, however often it has been closed", async () => {
    await fold("Advanced").click();
    await page.getByLabel("Clustering threshold").fill("abc");
    for (let time = 0; time < 2; time++) {
      await fold("Advanced").click();
      await page.getByLabel("Clustering threshold").waitFor({ state: "hidden" });
      await choose();
      await page.getByText("“abc” is not a number.").waitFor();
      await expect.poll(focused).toBe("options.delta");
    }
    expect(asked).toBe(0);
  });

  test.each([
    ["Noise", "11", "Enter a number from 0 to 10 for “Noise”, not 11."],
    ["Seed", "3000000000", "Enter a whole number from 0 to 2147483647 for “Seed”, not 3000000000."],
    ["Clustering threshold δ", "1e999", "Enter a number above 0 and at most 2 for “Clustering threshold δ”, not 1e999."],
  ])("%s of %s is told with the field's own name", async (label, value, words) => {
    await fold("Advanced").click();
    await page.getByLabel(label, { exact: true }).fill(value);
    await choose();
    await page.getByText(words).waitFor();
    expect(asked).toBe(0);
  });

  test("whoever leaves while a photograph is sent is left alone", async () => {
    const held: (() => void)[] = [];
    await page.route("**/graphql", async (route) => {
      if (route.request().postData()?.includes("ExplainImage")) await new Promise<void>((resolve) => held.push(resolve));
      await route.continue().catch(() => undefined);
    });
    await page.getByRole("button", { name: "Example: crab" }).dblclick();
    await page.getByText("Sending…").waitFor();
    await expect.poll(() => held.length).toBe(1);
    await give(page, "mushroom", "drop");
    await page.getByText("One photograph at a time").waitFor();
    await page.getByRole("link", { name: "Past" }).click();
    await page.getByRole("heading", { name: "Past explanations" }).waitFor();
    const failed = page.waitForEvent("requestfailed", { timeout: 1000 }).catch(() => undefined);
    for (const goOn of held) goOn();
    await failed;
    expect(new URL(page.url()).pathname).toBe("/explanations");
    expect(asked).toBe(1);
    // The same with one that travels by itself.
    await page.goto(server.origin);
    const put = page.waitForEvent("requestfailed", (request) => request.method() === "PUT");
    await page.route("**/uploads/**", () => undefined);
    await page.setInputFiles("input[type=file]", { name: "x.png", mimeType: "image/png", buffer: await largePicture() });
    await page.waitForRequest("**/uploads/**");
    await page.getByRole("link", { name: "Past" }).click();
    await put;
    expect(asked).toBe(1);
  });

  test("asking again asks for the same class, and Back leads to what was filled in", async () => {
    await page.getByLabel("Class to explain").fill("camera");
    await fold("Advanced").click();
    await page.getByLabel("Seed", { exact: true }).fill("77");
    await page.getByRole("button", { name: "Example: camera and cat" }).click();
    await page.getByRole("heading", { name: "Why camera?" }).waitFor();
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
    await page.getByRole("link", { name: "Ask again" }).click();
    await page.getByAltText("The chosen photograph").waitFor();
    expect(await page.getByLabel("Class to explain").inputValue()).toBe("camera");
    expect(await page.getByLabel("Seed", { exact: true }).inputValue()).toBe("77");
    await page.getByLabel("Seed", { exact: true }).fill("78");
    await page.goBack();
    await page.getByRole("heading", { name: "Why camera?" }).waitFor();
    await page.goBack();
    await page.getByAltText("The chosen photograph").waitFor();
    expect(await page.getByLabel("Class to explain").inputValue()).toBe("camera");
    expect(await page.getByLabel("Seed", { exact: true }).inputValue()).toBe("77");
    // A link, unlike Back, begins anew.
    await page.getByRole("link", { name: "Past" }).click();
    await page.getByRole("link", { name: "Explain", exact: true }).click();
    await page.getByText("Drop a photograph").waitFor();
    expect(await page.getByLabel("Class to explain").inputValue()).toBe("");
  });

  test("what is no photograph is said to be none, and not shown as one", async () => {
    const drop = (type: string, text: string) =>
      page.evaluate(
        ([type, text]) => {
          const dataTransfer = new DataTransfer();
          if (type === "text/plain") dataTransfer.setData(type, text);
          else dataTransfer.items.add(new File([text], "notes.pdf", { type }));
          window.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        },
        [type, text] as const,
      );
    await drop("text/plain", "https://example.com/cat.jpg");
    await page.locator("#image-error").getByText("That is no image file.", { exact: true }).waitFor();
    await drop("application/pdf", "%PDF");
    await page.locator("#image-error").getByText("That is no image file: “notes.pdf”.").waitFor();
    expect(asked).toBe(0);
    await page.setInputFiles("input[type=file]", { name: "x.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await page
      .locator("#image-error")
      .getByText(/it must be a JPEG/)
      .waitFor();
    expect(await page.locator(".drop-zone img").count()).toBe(0);
    expect(await page.getByText("Drop a photograph").isVisible()).toBe(true);
    // Text that is pasted into a field is the field's.
    await page.locator("#target").evaluate((field) => field.dispatchEvent(new ClipboardEvent("paste", { bubbles: true })));
    expect(await page.locator("#image-error").innerText()).toMatch(/JPEG/);
  });

  test("the zone as a whole opens the chooser, and a finger is not told to drop", async () => {
    const chooser = page.waitForEvent("filechooser");
    await page.locator(".drop-zone").click({ position: { x: 20, y: 20 } });
    await chooser;
    ({ page } = await open(phone));
    await page.goto(server.origin);
    const onPhone = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Choose a photograph" }).click();
    await onPhone;
    await page.getByText("This model knows 40 classes").waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await sticksOut(page)).toEqual([]);
  });

  test("the models are asked for until they are there, and what they know is told", async () => {
    let fails = true;
    await page.route("**/graphql", (route) => (fails ? route.abort() : route.continue()));
    await page.reload();
    await page.locator("#model-error").getByText("The server cannot be reached.").waitFor();
    fails = false;
    await page.getByText(/This model knows 40 classes and nothing else: cactus, pizza, /).waitFor();
    expect(await page.locator("#model-error").innerText()).toBe("");
    expect(await page.getByLabel("Model").innerText()).toBe("emoji-vit");
    fails = true;
    await page.reload();
    await page.getByRole("button", { name: "Ask for the models again" }).waitFor();
    fails = false;
    await page.getByRole("button", { name: "Ask for the models again" }).click();
    await page.getByRole("button", { name: "Example: crab" }).waitFor();
  });

  test("an address that leads nowhere says so", async () => {
    const response = await page.goto(`${server.origin}/nowhere`);
    expect(response!.status()).toBe(404);
    await page.getByRole("heading", { name: "Nothing here" }).waitFor();
    expect(await violations(page)).toEqual([]);
  });
});
