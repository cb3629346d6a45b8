import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Client } from "../service/client.ts";
import { start } from "../service/processes.ts";

/**
 * `npm run bench:latency`: how long the API takes to answer `{ __typename }`, asked fifty times a second over connections that are
 * kept, with an idle worker and with a busy one; and how long after an event was written its subscriber has it. Milliseconds.
 * Variables: VITCX_SECONDS of each measurement, and those of the service.
 */
const seconds = Number(process.env.VITCX_SECONDS ?? 10);
const INTERVAL_MS = 20;
const agent = new Agent({ keepAlive: true });
const image = new URL("../../models/emoji-vit/examples/crab.png", import.meta.url);

const folder = await mkdtemp(join(tmpdir(), "vitcx-latency-"));
const server = start("functions/server.ts", [], { PORT: "0", VITCX_DATA: folder });
try {
  const origin = (await server.printed(/listens on (\S+)/))[1]!;
  await server.printed(/"msg":"ready"/);
  const client = new Client(origin);
  await client.followToEnd(await client.explainImage(image));
  await latencies(origin, 1);

  console.log(`idle:       ${describe(await latencies(origin, seconds))}`);
  const busy = new AbortController();
  const delays = keepBusy(client, busy.signal);
  console.log(`under load: ${describe(await latencies(origin, seconds))}`);
  busy.abort();
  console.log(`event to subscriber: ${describe(await delays)}`);
} finally {
  server.killAll();
  agent.destroy();
  await server.ended;
  await rm(folder, { recursive: true });
}

/** Sends a request every few milliseconds, whether those before are answered or not; from sending to the whole answer. */
async function latencies(origin: string, duration: number): Promise<number[]> {
  const begun = performance.now();
  const taken = Array.from({ length: (1000 * duration) / INTERVAL_MS }, async (_, i) => {
    await setTimeout(begun + i * INTERVAL_MS - performance.now());
    return latency(origin);
  });
  return Promise.all(taken);
}

/** Over node:http, which costs the client least: it shares the machine. */
async function latency(origin: string): Promise<number> {
  const sent = performance.now();
  const asked = request(`${origin}/graphql`, { method: "POST", agent, headers: { "content-type": "application/json" } });
  asked.end('{"query":"{ __typename }"}');
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  let body = "";
  for await (const chunk of answer.setEncoding("utf8")) body += String(chunk);
  if (body !== '{"data":{"__typename":"Query"}}') throw new Error(`Got ${body}`);
  return performance.now() - sent;
}

/** Has one image after another explained; how long after each event's time it arrived. */
async function keepBusy(client: Client, stop: AbortSignal): Promise<number[]> {
  const delays: number[] = [];
  for (let seed = 1; !stop.aborted; seed++) {
    const id = await client.explainImage(image, { method: { vitCx: { seed } } });
    for await (const { time } of client.follow(id)) delays.push(Date.now() - Date.parse(time));
  }
  return delays;
}

function describe(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(1);
  return `p50 ${at(0.5)} | p95 ${at(0.95)} | p99 ${at(0.99)} | max ${at(1)} (${sorted.length})`;
}
