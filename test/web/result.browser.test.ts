import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import { sharp } from "../../lib/image/sharp.ts";
import { violations } from "./acts.ts";
import { example, hasChromium } from "./browser.ts";
import { inBrowser } from "./in-browser.ts";

interface Altered {
  readonly model: { readonly labels: string[] };
  readonly image: { url: string; seen: object };
}

describe.skipIf(!hasChromium)("the result in Chromium", { timeout: 180_000 }, () => {
  const { server, open } = inBrowser();
  let page: Page;

  beforeEach(async () => {
    ({ page } = await open({ acceptDownloads: true, permissions: ["clipboard-read", "clipboard-write"] }));
    await page.goto(server.origin);
  });

  const cat = async () => {
    await page.getByRole("button", { name: "Example: camera and cat" }).click();
    await page.getByRole("heading", { name: "What the map is made of" }).waitFor();
    await page.mouse.move(0, 0);
  };
  /** Lets the API say something else of the explanation. */
  const altering = (change: (explanation: Altered) => void) =>
    page.route("**/graphql", async (route) => {
      if (!route.request().postData()?.includes("query Explanation(")) return route.fallback();
      const response = await route.fetch();
      const answer = (await response.json()) as { data: { explanation: Altered } };
      change(answer.data.explanation);
      await route.fulfill({ response, json: answer });
    });
  const status = () => page.locator("article > [role=status]").textContent();

  test("a mask that was clicked stays until one goes back to the map, looks at it otherwise, or at another class", async () => {
    await cat();
    const caption = page.locator(".legend output");
    const back = page.getByRole("button", { name: "Back to the map" });
    const mask = page.getByRole("button", { name: /^Mask / }).nth(2);
    const number = /^Mask (\d+)/.exec(await mask.innerText())![1];
    const pin = async () => {
      await mask.click();
      await page.mouse.move(0, 0);
      await back.waitFor();
      expect(await caption.textContent()).toMatch(
        new RegExp(`^Mask ${number} · score −?[01]\\.\\d\\d · alone [\\d.]+ %, the whole [\\d.]+ %$`),
      );
    };
    const isGone = async (title = "The map of cat") => {
      await back.waitFor({ state: "detached" });
      await expect.poll(() => caption.textContent()).toBe(title);
    };
    await pin();
    expect(await violations(page)).toEqual([]);
    await back.click();
    await isGone();
    expect(await page.evaluate(() => document.activeElement?.getAttribute("role"))).toBe("application");
    await pin();
    await page.keyboard.press("Escape");
    await isGone();
    await pin();
    await page.getByText("Side by side").click();
    await isGone();
    expect(await page.locator(".frames .frame").count()).toBe(2);
    await pin();
    expect(await page.locator(".frames .frame").count()).toBe(1);
    await page.getByRole("button", { name: /^camera/ }).click();
    await isGone("The map of camera");
  });

  test("any class is asked by name or number; what is none, or more than one, is said, with what may have been meant", async () => {
    // Two classes of one name, as ImageNet has them.
    await altering(({ model: { labels } }) => (labels[4] = labels[7] = "crane"));
    await cat();
    const input = page.getByLabel("And why not");
    const ask = async (text: string) => {
      await input.fill(text);
      await input.press("Enter");
    };
    const error = page.locator("#other-error");
    await ask("kamera");
    await error.getByText(/no class "kamera".* Did you mean .*"camera"/).waitFor();
    expect(await input.getAttribute("aria-invalid")).toBe("true");
    expect(await violations(page)).toEqual([]);
    await ask("  ");
    await error.getByText(/^Give a class, or its number from 0 to \d+\.$/).waitFor();
    await ask("3");
    await page.waitForURL(/class=3$/);
    expect(await input.getAttribute("aria-invalid")).toBe("false");
    await ask("crane");
    await error.getByText("“crane” names 2 classes. Which one?").waitFor();
    await page.getByRole("button", { name: "7: crane" }).click();
    await page.waitForURL(/class=7$/);
    await expect.poll(() => error.textContent()).toBe("");
  });

  test("what could not be fetched is fetched again", async () => {
    const broken = new Set(["saliency-map.npy", "masks.npy"]);
    await page.route("**/*.npy*", (route) =>
      [...broken].some((name) => route.request().url().includes(name)) ? route.abort() : route.fallback(),
    );
    await page.getByRole("button", { name: "Example: camera and cat" }).click();
    await page.getByText(/^The map of cat could not be fetched. The server cannot be reached/).waitFor();
    await page.getByText(/^The masks could not be fetched. The server cannot be reached/).waitFor();
    expect(await page.getByText("Failed to fetch").count()).toBe(0);
    broken.clear();
    for (const _ of ["map", "masks"]) await page.getByRole("button", { name: "Try again" }).first().click();
    await page.getByRole("heading", { name: "What the map is made of" }).waitFor();
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);

    broken.add("classes/");
    await page.getByRole("button", { name: /^camera/ }).click();
    await page.getByText(/^The map of camera could not be fetched/).waitFor();
    await page.getByRole("heading", { name: "Why cat?" }).waitFor();
    broken.clear();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "Why camera?" }).waitFor();
  });

  test("another class is told of: in the title, to a screen reader, and while it comes", async () => {
    await cat();
    expect(await page.title()).toBe("Why cat? · vitcx");
    let go = () => {};
    const gone = new Promise<void>((resolve) => (go = resolve));
    await page.route("**/graphql", async (route) => {
      if (route.request().postData()?.includes("query ClassMap(")) await gone;
      await route.fallback();
    });
    await page.getByRole("button", { name: /^camera/ }).click();
    await page.getByText("Fetching the map of camera …").waitFor();
    expect(await page.locator(".frames").getAttribute("aria-busy")).toBe("true");
    go();
    await page.getByRole("heading", { name: "Why camera?" }).waitFor();
    await expect.poll(status).toMatch(/^The map of camera, [\d.]+ %$/);
    expect(await page.title()).toBe("Why camera? · vitcx");
    expect(await page.locator(".frames").getAttribute("aria-busy")).toBe("false");
    await page.reload();
    await expect.poll(() => page.title()).toBe("Why camera? · vitcx");
  });

  test("the PNG is what is shown: a mask, both pictures, or one", async () => {
    await cat();
    const png = async () => {
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: "PNG" }).click();
      const file = await download;
      const { data, info } = await sharp(await readFile(await file.path()))
        .raw()
        .toBuffer({ resolveWithObject: true });
      return { name: file.suggestedFilename(), data, ...info };
    };
    const overlay = await png();
    expect([overlay.width, overlay.height]).toEqual([1024, 1024]);
    expect(overlay.name).toMatch(/-cat\.png$/);
    await page
      .getByRole("button", { name: /^Mask / })
      .first()
      .click();
    await page.mouse.move(0, 0);
    const mask = await png();
    expect(mask.name).toMatch(/-cat-mask-\d+\.png$/);
    expect(mask.data.equals(overlay.data)).toBe(false);
    await page.keyboard.press("Escape");
    await page.getByText("Side by side").click();
    const both = await png();
    expect(both.width).toBeGreaterThan(2 * 1024);
    expect(both.height).toBe(1024);
    // The left one is the photograph as it was sent.
    const photograph = await sharp(await readFile(example("camera-cat")))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const middle = (image: { data: Buffer; channels: number }, x: number, y: number, width: number) =>
      [0, 1, 2].map((c) => image.data[(y * width + x) * image.channels + c]);
    const { width, height, channels } = photograph.info;
    const there = middle({ data: photograph.data, channels }, width / 2, height / 2, width);
    const here = middle(both, 512, 512, both.width);
    for (const c of [0, 1, 2]) expect(Math.abs(there[c]! - here[c]!)).toBeLessThan(12);

    await page.route("**/input.png*", (route) => route.abort());
    await page.getByRole("button", { name: "PNG" }).click();
    await page.getByText(/^It could not be drawn/).waitFor();
  });

  test("what a model did not see is not shown as kept", async () => {
    await altering(({ image }) => {
      image.seen = { left: 56, top: 0, width: 112, height: 224 };
      // Behind a proxy the API may know itself by another name.
      image.url = image.url.replace(/^http:..[^/]+/, "http://another.host");
    });
    await cat();
    await page.getByText("The model saw only what lies within the dashed line.").waitFor();
    expect(await page.locator(".frames img").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(224);
    const unseen = async () => {
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: "PNG" }).click();
      const { data, info } = await sharp(await readFile(await (await download).path()))
        .raw()
        .toBuffer({ resolveWithObject: true });
      return data.subarray((512 * info.width + 100) * info.channels).subarray(0, 3);
    };
    expect(await page.locator(".frames .veiled").count()).toBe(0);
    await page.getByText("Reveal", { exact: true }).click();
    expect(await page.locator(".frames .veiled").count()).toBe(1);
    // Nine tenths of it are the page's own colour.
    expect(Math.min(...(await unseen()))).toBeGreaterThan(0.9 * 249 - 1);
    await page
      .getByRole("button", { name: /^Mask / })
      .first()
      .click();
    expect(await page.locator(".frames .veiled").count()).toBe(1);
  });

  test("a control says that it is one", async () => {
    await page.getByText("Advanced").click();
    await page.getByLabel("Method").selectOption("Random map");
    await page.getByRole("button", { name: "Example: crab" }).click();
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
    expect(await page.locator(".eyebrow").innerText()).toMatch(/^Random map · /);
    await page.getByText("A control: it knows nothing of the model.").waitFor();
    expect(await page.getByText("The map shows what").count()).toBe(0);
    expect(await violations(page)).toEqual([]);
  });

  test("of a method that explains one class a run, another class is a request of its own", async () => {
    await page.route("**/graphql", async (route) => {
      if (!route.request().postData()?.includes("query Methods")) return route.fallback();
      const response = await route.fetch();
      const answer = (await response.json()) as { data: { methods: { everyClass: boolean }[] } };
      for (const method of answer.data.methods) method.everyClass = false;
      await route.fulfill({ response, json: answer });
    });
    const maps: string[] = [];
    page.on("request", (request) => {
      if (request.postData()?.includes("query ClassMap(")) maps.push(request.postData()!);
    });
    await page.goto(server.origin);
    await page.getByText("The method explains one class a run").waitFor();
    await cat();
    await page.getByText("This method explains one class a run").waitFor();
    expect(await page.locator(".classes button").allInnerTexts()).toEqual([expect.stringMatching(/^cat\s/)]);
    expect(await page.getByLabel("And why not").count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    const other = page.getByRole("link", { name: /^camera .* ask in a new request$/ });
    const index = /class=(\d+)$/.exec((await other.getAttribute("href"))!)![1];

    // An address of another class shows the one that is there.
    await page.goto(`${page.url()}?class=${index}`);
    await page.getByRole("heading", { name: "Why cat?" }).waitFor();
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
    expect(new Set(maps).size).toBe(1);
    await page.getByRole("link", { name: "ask for camera" }).click();
    await page.getByAltText("The chosen photograph").waitFor();
    expect(await page.getByLabel("Class to explain").inputValue()).toBe("camera");
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByRole("heading", { name: "Why camera?" }).waitFor();
  });

  test("a result is shown though what its method is cannot be fetched, and told once it can", async () => {
    await cat();
    let fails = true;
    await page.route("**/graphql", (route) =>
      fails && route.request().postData()?.includes("query Methods") ? route.abort() : route.fallback(),
    );
    await page.reload();
    await page.getByRole("heading", { name: "Keep it" }).waitFor();
    await page.getByText(/^What the method is could not be fetched. The server cannot be reached/).waitFor();
    expect(await page.getByText("The map shows what").count()).toBe(0);
    expect(await page.locator("pre").count()).toBe(0);
    fails = false;
    await page.getByText(/^ViT-CX · /).waitFor();
    await page.getByText("The map shows what").waitFor();
    expect(await page.locator("pre").innerText()).toContain("method: { vitCx: {");
    await page.getByLabel("And why not").waitFor();
  });

  test("the curl command is pasted as it is", async () => {
    await cat();
    await page.getByText("curl", { exact: true }).click();
    await page.getByRole("button", { name: "Copy the request" }).click();
    await page.getByText("copied").waitFor();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    const cwd = await mkdtemp(join(tmpdir(), "vitcx-curl-"));
    await copyFile(example("camera-cat"), join(cwd, "photograph.png"));
    const { stdout } = await promisify(execFile)("sh", ["-c", command], { cwd });
    await rm(cwd, { recursive: true });
    expect(JSON.parse(stdout)).toEqual({ data: { explainImage: { id: expect.any(String) } } });
  });
});
