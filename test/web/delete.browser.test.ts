import { describe, expect, test } from "vitest";
import { violations } from "./acts.ts";
import { hasChromium } from "./browser.ts";
import { inBrowser } from "./in-browser.ts";

describe.skipIf(!hasChromium)("deleting in Chromium", { timeout: 180_000 }, () => {
  const { server, open } = inBrowser();

  test("an explanation is deleted after a second word, and is then nowhere", async () => {
    const { page } = await open();
    await page.goto(server.origin);
    await page.getByRole("button", { name: "Example: camera and cat" }).click();
    await page.getByRole("heading", { name: "What the map is made of" }).waitFor();
    const address = page.url();
    const ask = page.getByRole("button", { name: "Delete …" });

    await ask.click();
    expect(await violations(page)).toEqual([]);
    // The keyboard is where it does no harm.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Keep it");
    await page.keyboard.press("Enter");
    await ask.waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Delete …");

    await ask.click();
    await page.getByRole("button", { name: "Delete for good" }).click();
    await page.getByRole("heading", { name: "Past explanations" }).waitFor();
    await page.getByText("There are none yet").waitFor();
    await page.goto(address);
    await page.getByRole("heading", { name: "No such explanation" }).waitFor();
  });

  test("one that cannot be read is deleted among the past ones", async () => {
    const { page } = await open();
    await page.goto(server.origin);
    await page.getByRole("button", { name: "Example: camera and cat" }).click();
    await page.getByRole("heading", { name: "What the map is made of" }).waitFor();
    const id = /explanations\/([0-9a-z]+)/.exec(page.url())![1]!;
    await server.damage(id);
    await page.goto(`${server.origin}/explanations`);
    await page.getByText("is lost: The log of the explanation").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Delete it" }).click();
    await page.getByText("is lost").waitFor({ state: "detached" });
    await page.reload();
    await page.getByText("There are none yet").waitFor();
    expect(await page.getByText("is lost").count()).toBe(0);
  });

  test("what the server refuses to delete is said, and stays", async () => {
    const { page } = await open();
    await page.goto(server.origin);
    await page.getByRole("button", { name: "Example: camera and cat" }).click();
    await page.getByRole("heading", { name: "What the map is made of" }).waitFor();
    await page.route("**/graphql", async (route) => {
      if (!route.request().postData()?.includes("deleteExplanation")) return route.fallback();
      const errors = [{ message: "It is running.", extensions: { code: "EXPLANATION_UNFINISHED" } }];
      await route.fulfill({ json: { data: null, errors } });
    });
    await page.getByRole("button", { name: "Delete …" }).click();
    await page.getByRole("button", { name: "Delete for good" }).click();
    await page.getByText("It is running.").waitFor();
    await page.getByRole("button", { name: "Delete …" }).waitFor();
  });
});
