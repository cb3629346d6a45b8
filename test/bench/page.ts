import type { Browser, CDPSession, Page } from "playwright-core";
import { buildPage } from "../../cli/serve.ts";
import { send } from "../web/acts.ts";
import { launch, Server } from "../web/browser.ts";

/**
 * `npm run bench:page`: how soon the built page is there, in milliseconds from its request, in a browser that has never seen it:
 * first paint (FP), first contentful paint (FCP), and time to interactive (TTI), which is when both the latter and the view's main
 * content are there, and the last long task is over. Medians of VITCX_RUNS (5) loads; and what travels.
 */
const runs = Number(process.env["VITCX_RUNS"] ?? 5);

/** Each view, and what it is there for. */
const views: readonly (readonly [name: string, content: string])[] = [
  ["/", ".examples button"],
  ["/explanations", ".card"],
  ["/explanations/<id>", ".keep"],
];

/** How fast the network and the processor are; "slow" is what Lighthouse takes for a phone. */
const conditions: Record<string, (session: CDPSession) => Promise<unknown>> = {
  "as it is": () => Promise.resolve(),
  "slow (150 ms, 1.6 Mb/s, a quarter of the processor)": async (session) => {
    const bytes = { downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 };
    await session.send("Network.emulateNetworkConditions", { offline: false, latency: 150, ...bytes });
    await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  },
};

/** Long tasks end within this of each other, in milliseconds, or are not the page's start. */
const QUIET_MS = 1500;

await buildPage();
await using server = new Server();
await server.start();
await using browser = await launch();
const id = await explained();
for (const [name, slowDown] of Object.entries(conditions)) {
  console.log(name);
  for (const [path, content] of views) {
    const loads: Load[] = [];
    for (let run = 0; run < runs; run++) loads.push(await load(browser, path.replace("<id>", id), content, slowDown));
    const at = (value: (load: Load) => number) => Math.round(median(loads.map(value)));
    const times = `FP ${at(({ fp }) => fp)} | FCP ${at(({ fcp }) => fcp)} | TTI ${at(({ tti }) => tti)}`;
    console.log(`  ${path}: ${times} | ${at(({ bytes }) => bytes / 1000)} kB in ${at(({ requests }) => requests)} requests`);
  }
}

interface Load {
  readonly fp: number;
  readonly fcp: number;
  readonly tti: number;
  readonly bytes: number;
  readonly requests: number;
}

async function load(browser: Browser, path: string, content: string, slowDown: (session: CDPSession) => Promise<unknown>) {
  await using context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await slowDown(session);
  let [bytes, requests] = [0, 0];
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
    requests += 1;
  });
  await page.addInitScript(watch, content);
  await page.goto(server.origin + path);
  await page.waitForFunction(() => (window as unknown as Watched).seen.content !== undefined);
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(QUIET_MS);
  return { ...(await timesOf(page)), bytes, requests };
}

interface Watched {
  readonly seen: { content?: number; lastTask: number };
}

/** Runs in the page, before it: notes when its main content is there, and when its last long task was over. */
function watch(content: string): void {
  const seen: Watched["seen"] = { lastTask: 0 };
  Object.assign(window, { seen });
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) seen.lastTask = Math.max(seen.lastTask, startTime + duration);
  }).observe({ type: "longtask", buffered: true });
  new MutationObserver(() => {
    if (document.querySelector(content)) seen.content ??= performance.now();
  }).observe(document, { subtree: true, childList: true });
}

function timesOf(page: Page): Promise<Pick<Load, "fp" | "fcp" | "tti">> {
  return page.evaluate(() => {
    const paintedAt = (name: string) => performance.getEntriesByName(name)[0]!.startTime;
    const { content, lastTask } = (window as unknown as Watched).seen;
    const [fp, fcp] = [paintedAt("first-paint"), paintedAt("first-contentful-paint")];
    return { fp, fcp, tti: Math.max(fcp, content!, lastTask) };
  });
}

/** An explanation to look at. */
async function explained(): Promise<string> {
  const query = "mutation ($image: Upload) { explainImage(input: { image: $image }) { id } }";
  const { data } = (await send(server.origin, query, "crab")) as { data: { explainImage: { id: string } } };
  const page = await browser.newPage();
  await page.goto(`${server.origin}/explanations/${data.explainImage.id}`);
  await page.locator(".keep").waitFor({ timeout: 120_000 });
  await page.close();
  return data.explainImage.id;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
