import { mkdir } from "node:fs/promises";
import type { Page } from "playwright-core";
import { example, launch, Server } from "./browser.ts";

/** `npm run screenshots -- [FOLDER]`: every view of the page, light and dark, wide and narrow. */
const folder = process.argv[2] ?? "screenshots";
/** How long the page takes to turn one map into the next, and a little more. */
const MORPH_MS = 600;
const sizes = { wide: { width: 1280, height: 860 }, narrow: { width: 390, height: 844 } };
const views: Record<string, (page: Page, origin: string) => Promise<void>> = {
  ask: async (page, origin) => {
    await page.goto(origin);
    await page.getByRole("button", { name: "Example: mushroom" }).waitFor();
  },
  settings: async (page) => {
    await page.getByText("Advanced").click();
    await page.getByLabel("Class to explain").fill("catt");
    await page.setInputFiles("input[type=file]", example("camera-cat"));
    await page.getByText(/has no class/).waitFor();
  },
  watch: async (page) => {
    await page.getByLabel("Class to explain").fill("");
    await page.getByLabel("Clustering threshold").fill("0.004");
    await page.getByLabel("Seed").fill(String(seed++));
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page
      .getByRole("status")
      .getByText(/ of \d+ scored/)
      .waitFor();
    await page.waitForFunction(() => document.querySelector("progress")!.value > 0.25);
  },
  canceled: async (page) => {
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText(/It was cancelled/).waitFor();
  },
  result: async (page, origin) => {
    await page.goto(origin);
    await page.getByRole("button", { name: "Example: camera and cat" }).click();
    await page.getByRole("heading", { name: "What the map is made of" }).waitFor();
    await page.waitForTimeout(MORPH_MS);
  },
  reveal: async (page) => {
    await page.getByRole("button", { name: /^camera/ }).click();
    await page.getByText("Reveal").click();
    await page.getByLabel("Threshold").fill("60");
    await page.getByRole("heading", { name: "Why camera?" }).waitFor();
    await page.waitForTimeout(MORPH_MS);
  },
  masks: async (page) => {
    await page.getByText("Overlay").click();
    await page.getByText("Viridis").click();
    await page.evaluate(() => document.querySelector(".masks li")!.scrollIntoView({ block: "center" }));
    await page.getByRole("button", { name: /^Mask/ }).nth(1).hover();
    await page.waitForTimeout(MORPH_MS);
  },
  keep: async (page) => {
    await page.getByText("Side by side").click();
    await page.getByRole("heading", { name: "Keep it" }).scrollIntoViewIfNeeded();
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.waitForTimeout(MORPH_MS);
  },
  curves: async (page, origin) => {
    await page.goto(origin);
    await page.getByText("Advanced").click();
    await page.getByLabel("Measure deletion and insertion").check();
    await page.getByRole("button", { name: "Example: mushroom" }).click();
    await page.getByRole("img", { name: /^Insertion curve/ }).scrollIntoViewIfNeeded();
    await page.waitForTimeout(MORPH_MS);
  },
  history: async (page, origin) => {
    for (const name of ["key and octopus", "crab", "mushroom", "cactus and pizza", "tropical fish"]) {
      await page.goto(origin);
      await page.getByRole("button", { name: `Example: ${name}` }).click();
      await page.getByRole("heading", { name: "Keep it" }).waitFor();
    }
    await page.getByRole("link", { name: "Past" }).click();
    await page.waitForFunction(() => [...document.images].length > 4 && [...document.images].every(({ complete }) => complete));
  },
};
/** Those that are no longer than they need to be. */
const whole = ["ask", "settings", "watch", "canceled", "history"];
let seed = 1;

await mkdir(folder, { recursive: true });
await using server = new Server();
await server.start();
await using browser = await launch();
for (const colorScheme of ["light", "dark"] as const) {
  for (const [size, viewport] of Object.entries(sizes)) {
    await using context = await browser.newContext({
      viewport,
      colorScheme,
      deviceScaleFactor: 1.5,
      hasTouch: size === "narrow",
    });
    const page = await context.newPage();
    for (const [view, show] of Object.entries(views)) {
      await show(page, server.origin);
      await page.screenshot({ path: `${folder}/${view}-${colorScheme}-${size}.png`, fullPage: whole.includes(view) });
    }
  }
}
