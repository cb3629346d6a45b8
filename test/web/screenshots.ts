import { mkdir } from "node:fs/promises";
import type { Page } from "playwright-core";
import { drag } from "./acts.ts";
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
    await page.getByLabel("Seed", { exact: true }).fill(String(seed++));
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page
      .getByRole("status")
      .getByText(/ of \d+ done/)
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
    await page.getByRole("button", { name: /^Mask/ }).nth(1).click();
    await page.waitForTimeout(MORPH_MS);
  },
  keep: async (page) => {
    await page.getByText("Side by side").click();
    await page.getByRole("heading", { name: "Keep it" }).scrollIntoViewIfNeeded();
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.waitForTimeout(MORPH_MS);
  },
  boxes: async (page, origin) => {
    await page.goto(origin);
    await page.getByLabel("Class to explain").fill("cat");
    await page.getByText("Measure the map").click();
    for (const metric of ["Deletion", "Insertion", "SaCo", "Sparseness", "Pointing game", "Localisation"]) {
      await page.getByLabel(metric).check();
    }
    await page.getByText("Options of SaCo").click();
    await page.getByRole("button", { name: "Example: camera and cat" }).click();
    await drag(page, page.locator(".box-picture"), [0.58, 0.17], [0.95, 0.6]);
    await page.getByRole("group", { name: "Box 1" }).waitFor();
  },
  boxed: async (page) => {
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByRole("img", { name: /^Insertion curve/ }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).waitFor({ state: "detached" });
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.waitForTimeout(MORPH_MS);
  },
  measured: async (page) => {
    await page.getByRole("heading", { name: "How well the map holds" }).scrollIntoViewIfNeeded();
    await page.evaluate(() => document.querySelector(".measured")!.scrollIntoView());
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
  key: async (page) => {
    await page.goto(keyed.origin);
    await page.getByLabel("API key", { exact: true }).fill("not-the-right-one");
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByText("The server does not know this key.").waitFor();
  },
};
/** Those that are no longer than they need to be. */
const whole = ["ask", "settings", "boxes", "watch", "canceled", "history"];
let seed = 1;

await mkdir(folder, { recursive: true });
await using server = new Server();
await using keyed = new Server({ VITCX_API_KEYS: "someone=a-key-of-someone-s-own" });
await Promise.all([server.start(), keyed.start()]);
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
    page.setDefaultTimeout(120_000);
    for (const [view, show] of Object.entries(views)) {
      await show(page, server.origin);
      await page.screenshot({ path: `${folder}/${view}-${colorScheme}-${size}.png`, fullPage: whole.includes(view) });
    }
  }
}
