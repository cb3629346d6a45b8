import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addTailed, tails } from "../vit/tailed-models.ts";
import { violations } from "./acts.ts";
import { example, hasChromium } from "./browser.ts";
import { inBrowser } from "./in-browser.ts";

const labels = Array.from({ length: 10 }, (_, i) => `label_${i}`);

describe.skipIf(!hasChromium)("what a model of labels sees, in Chromium", { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "vitcx-"));
  beforeAll(async () => {
    await addTailed(folder, tails["a sigmoid"], { id: "tagger", labels });
    await addTailed(folder, tails["one logit"], { id: "yes-or-no" });
  });
  afterAll(() => rm(folder, { recursive: true }));
  const { server, open } = inBrowser({ VITCX_MODELS: join(folder, "models") });

  const rowsOf = async (page: Page) => {
    await page.getByRole("heading", { name: "What it sees" }).waitFor();
    const rows = await page.locator(".classes li").allInnerTexts();
    return rows.map((row) => /^(.*?)\s*([\d.]+) %/.exec(row.replaceAll("\n", " "))!.slice(1) as [string, string]);
  };
  const explain = async (page: Page, model: string) => {
    await page.goto(server.origin);
    await page.getByLabel("Model", { exact: true }).selectOption(model);
    await page.locator("input[type=file]").setInputFiles(example("crab"));
    await page.locator(".classes button[aria-pressed=true]:enabled").waitFor();
  };

  test("labels that do not exclude each other are listed from a half on, and said to be so; any of them has its map", async () => {
    const { page } = await open();
    await explain(page, "tagger");
    const rows = await rowsOf(page);
    const numbers = rows.map(([, share]) => Number(share));
    expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
    expect(numbers.reduce((a, b) => a + b)).toBeGreaterThan(150);
    expect(numbers.every((number, i) => number >= 50 || i < 3)).toBe(true);
    await page.getByText("Each label has a probability of its own; several can be true.").waitFor();
    await page.locator(".classes button").nth(1).click();
    await page.getByRole("heading", { name: `Why ${rows[1]![0]}?` }).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test("a single label is shown with its complement", async () => {
    const { page } = await open();
    await explain(page, "yes-or-no");
    const [yes, no, ...others] = await rowsOf(page);
    expect([yes![0], no![0], others]).toEqual(["yes", "no", []]);
    expect(Number(yes![1]) + Number(no![1])).toBeCloseTo(100, 0);
    expect(await page.locator(".classes button").count()).toBe(1);
    expect(await violations(page)).toEqual([]);
  });
});
