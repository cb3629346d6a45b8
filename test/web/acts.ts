import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type axeCore from "axe-core";
import type { Locator, Page } from "playwright-core";
import { sharp } from "../../lib/image/sharp.ts";
import { example } from "./browser.ts";

/** Drops or pastes an example's file on the page. */
export async function give(page: Page, name: string, way: "drop" | "paste"): Promise<void> {
  const bytes = [...(await readFile(example(name)))];
  const data = await page.evaluateHandle((bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], "dropped.png", { type: "image/png" }));
    return data;
  }, bytes);
  if (way === "drop") await page.dispatchEvent(".drop-zone", "drop", { dataTransfer: data });
  else await data.evaluate((clipboardData) => window.dispatchEvent(new ClipboardEvent("paste", { clipboardData })));
}

/** Asks for an explanation of many masks, and waits until the first of them are scored. */
export async function begin(page: Page, origin: string, seed: number): Promise<void> {
  await page.goto(origin);
  await page.getByText("Advanced").click();
  await page.getByLabel("Clustering threshold").fill("0.05");
  await page.getByLabel("Seed", { exact: true }).fill(String(seed));
  await page.getByRole("button", { name: "Example: camera and cat" }).click();
  await page
    .locator(".watch-words")
    .getByText(/ of \d+ done/)
    .waitFor();
}

/** Draws on an element with the mouse, between two places in shares of its width and height. */
export async function drag(page: Page, element: Locator, from: readonly number[], to: readonly number[]): Promise<void> {
  await element.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await element.boundingBox())!;
  await page.mouse.move(x + from[0]! * width, y + from[1]! * height);
  await page.mouse.down();
  await page.mouse.move(x + to[0]! * width, y + to[1]! * height, { steps: 3 });
  await page.mouse.up();
}

/** A PNG of more than 4 MB: nothing in it can be packed. */
export function largePicture(): Promise<Buffer> {
  const [width, height] = [1300, 1100];
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i ^ (i >>> 7), 0x9e3779b1) >>> 24);
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toBuffer();
}

/** The pixels of the large map. */
export function drawing(page: Page): Promise<string> {
  return page.locator(".frames .frame:last-child canvas").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
}

export async function read(download: { path(): Promise<string> }): Promise<string> {
  return readFile(await download.path(), "latin1");
}

export const json = { "content-type": "application/json" };

/** Sends a request that takes `$image` with an example's picture. */
export async function send(origin: string, query: string, name: string): Promise<unknown> {
  const body = new FormData();
  body.set("operations", JSON.stringify({ query, variables: { image: null } }));
  body.set("map", JSON.stringify({ image: ["variables.image"] }));
  body.set("image", new File([await readFile(example(name))], "image.png", { type: "image/png" }));
  return (await fetch(`${origin}/graphql`, { method: "POST", headers: { "x-graphql-yoga-csrf": "1" }, body })).json();
}

/** What reaches further to the right than the column that it stands in; what scrolls or is hidden may. */
export function sticksOut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const main = document.querySelector("main")!;
    const edge = main.getBoundingClientRect().right + 0.5;
    const shown = [...main.querySelectorAll("*:not(.visually-hidden, pre *, svg *, datalist *)")];
    return shown
      .filter((node) => node.getBoundingClientRect().right > edge)
      .map(({ tagName, className }) => `${tagName}.${className}`);
  });
}

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe finds wrong: its rules, and where. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(axe, "utf8"));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof axeCore };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${String(target)}`));
  });
}
