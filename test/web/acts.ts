import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type axeCore from "axe-core";
import type { Page } from "playwright-core";
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
  await page.getByLabel("Seed").fill(String(seed));
  await page.getByRole("button", { name: "Example: camera and cat" }).click();
  await page
    .locator(".watch-words")
    .getByText(/ of \d+ scored/)
    .waitFor();
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
