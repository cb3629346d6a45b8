import type { Page } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import { drag, sticksOut, violations } from "./acts.ts";
import { hasChromium } from "./browser.ts";
import { inBrowser, phone } from "./in-browser.ts";

describe.skipIf(!hasChromium)("measuring a map", { timeout: 180_000 }, () => {
  const { server, open } = inBrowser();
  let page: Page;

  beforeEach(async () => {
    ({ page } = await open({ viewport: { width: 1280, height: 1000 } }));
    await page.goto(server.origin);
    await page.getByText("Measure the map").click();
  });

  test("boxes are drawn and typed, go along with the metrics that need them, and are there again", async () => {
    for (const metric of ["Pointing game", "Energy inside", "Localisation"]) await page.getByLabel(metric).check();
    // The photograph waits for its boxes.
    await page.getByRole("button", { name: "Example: crab" }).click();
    await page.getByRole("heading", { name: "Where is it?" }).waitFor();
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByText("Draw a box around the object first.").waitFor();

    await drag(page, page.locator(".box-picture"), [0.75, 0.5], [0.25, 0.125]);
    const box = (n: number) => page.getByRole("group", { name: `Box ${n}` });
    const sides = async (n: number) =>
      Promise.all(["left", "top", "right", "bottom"].map((side) => box(n).getByLabel(side).inputValue()));
    expect(await sides(1)).toEqual(["56", "28", "168", "112"]);
    // A slip of the hand is no box.
    await drag(page, page.locator(".box-picture"), [0.1, 0.1], [0.1, 0.1]);
    await page.getByRole("button", { name: "Add a box" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate(() => document.activeElement?.closest("fieldset")?.textContent)).toContain("Box 2");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Shift+ArrowDown");
    expect(await sides(2)).toEqual(["47", "56", "168", "168"]);
    expect(await violations(page)).toEqual([]);
    await box(2).getByLabel("bottom").fill("900");
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByText(/Expected a box within the image's 224 × 224 pixels/).waitFor();
    await page.getByRole("button", { name: "Remove box 2" }).click();
    expect(await page.getByRole("button", { name: "Add a box" }).evaluate((node) => node === document.activeElement)).toBe(true);

    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
    await page.locator(".values").getByText("Localisation").waitFor();
    await page.getByRole("button", { name: "Cancel" }).waitFor({ state: "detached" });
    const values = await page.locator(".values > div").allInnerTexts();
    expect(values.map((text) => text.split("\n")[0])).toEqual(["Pointing game", "Energy inside", "Localisation"]);
    for (const text of values) expect(text).toMatch(/\n[01]\.\d{3} ↑ more is better\n./);
    const asked = page.locator(".marks .asked rect").last();
    expect(await asked.evaluate((rect) => ["x", "y", "width", "height"].map((name) => rect.getAttribute(name)))).toEqual([
      "56",
      "28",
      "112",
      "84",
    ]);
    await page.locator(".marks .found").waitFor();
    expect(await violations(page)).toEqual([]);
    // Found in the map of the explained class, so shown with no other's.
    await page.locator(".classes button").nth(1).click();
    await page.locator(".marks .found").waitFor({ state: "detached" });
    await page.getByLabel("Boxes:").uncheck();
    expect(await page.locator(".marks").count()).toBe(0);

    await page.getByRole("link", { name: "Ask again" }).click();
    await box(1).waitFor();
    expect(await sides(1)).toEqual(["56", "28", "168", "112"]);
    expect(await page.getByLabel("Energy inside").isChecked()).toBe(true);
    // Another photograph has other boxes.
    await page.getByRole("button", { name: "Example: mushroom" }).click();
    await box(1).waitFor({ state: "detached" });
  });

  test("a finger draws, too", async () => {
    const { context, page } = await open(phone);
    await page.goto(server.origin);
    await page.getByText("Measure the map").click();
    await page.getByLabel("Energy inside").check();
    await page.getByRole("button", { name: "Example: crab" }).click();
    await page.locator(".box-picture img").scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await page.locator(".box-picture").boundingBox())!;
    const session = await context.newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", share?: number) =>
      session.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: share === undefined ? [] : [{ x: x + share * width, y: y + share * height }],
      });
    await touch("touchStart", 0.25);
    await touch("touchMove", 0.5);
    await touch("touchMove", 0.75);
    await touch("touchEnd");
    await expect.poll(() => page.getByRole("group", { name: "Box 1" }).getByLabel("right").inputValue()).toBe("168");
    expect(await sticksOut(page)).toEqual([]);
  });

  test("all metrics are asked with their options, and shown with what they mean", async () => {
    const metrics = ["Deletion", "Insertion", "SaCo", "Faithfulness correlation", "Sparseness", "Stability", "Max-sensitivity"];
    for (const metric of metrics) await page.getByLabel(metric).check();
    const options = async (metric: string) => page.getByText(`Options of ${metric}`).click();
    await options("Deletion");
    await page.getByLabel("Steps").first().fill("2.5");
    await page.getByRole("button", { name: "Example: crab" }).click();
    await page.getByText("Enter a whole number from 1 to 1000 for “Steps”, not 2.5.").waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("metrics.deletion.steps");
    await page.getByLabel("Steps").first().fill("0");
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByText("Enter a whole number from 1 to 1000 for “Steps”, not 0.").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel("Steps").first().fill("8");
    await options("Insertion");
    await page.getByLabel("Steps").last().fill("8");
    await options("Stability");
    await page.getByLabel("Seeds", { exact: true }).fill("2");
    await options("Max-sensitivity");
    await page.getByLabel("Samples").fill("1");
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    // The masks do not wait for the metrics.
    await page.getByRole("heading", { name: "What the map is made of" }).waitFor();
    for (const curve of ["Deletion", "Insertion"]) await page.getByRole("img", { name: new RegExp(`^${curve} curve`) }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).waitFor({ state: "detached" });
    const values = await page.locator(".values > div").allInnerTexts();
    expect(values.map((text) => text.split("\n")[0])).toEqual(metrics.slice(2));
    for (const text of values) expect(text).toMatch(/\n−?\d\.\d{3} [↑↓] (more|less) is better\n.{20}/);
    expect(values.at(-1)).toContain("↓ less is better");
    expect(await violations(page)).toEqual([]);
  });

  test("the ablations are asked, and said of the result", async () => {
    await page.getByText("Advanced").click();
    await page.getByLabel("Masks").selectOption("RANDOM");
    await page.getByLabel("Corrected for the pixel coverage bias").selectOption("No");
    await page.getByRole("button", { name: "Example: crab" }).click();
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
    const facts = await page.locator(".facts").innerText();
    expect(facts).toMatch(/Masks\s+As many random ones as there are clusters/);
    expect(facts).toMatch(/Corrected for the pixel coverage bias\s+No\n/);
    await page.getByLabel("Method").waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Ask again" }).click();
    await expect.poll(() => page.getByLabel("Masks").inputValue()).toBe("RANDOM");
    await page.getByLabel("Method").selectOption("Score-CAM");
    expect(await page.getByLabel("Stability").count()).toBe(0);
  });
});
