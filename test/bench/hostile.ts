import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import pLimit from "p-limit";
import sharp from "sharp";
import { sfc32, uniform } from "../../lib/tensor/random.ts";
import { start } from "../service/processes.ts";

/**
 * `npm run bench:hostile`: sends damaged images, and then lets many clients ask at once of whom one in ten means harm. Prints the answers by
 * code, the milliseconds of each operation (p50, p99), and the API's resident memory before and after. Ends with 1 where a process
 * died, or an answer had no code or INTERNAL. Variables: VITCX_IMAGES (10000), VITCX_CLIENTS (200), VITCX_SECONDS (120), VITCX_SEED.
 */
const number = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise);
const IMAGES = number("VITCX_IMAGES", 10_000);
const CLIENTS = number("VITCX_CLIENTS", 200);
const SECONDS = number("VITCX_SECONDS", 120);
const next = sfc32(number("VITCX_SEED", 20261127), 0);
const below = (limit: number) => Math.floor(uniform(next) * limit);

const examples = await Promise.all(
  ["crab.png", "camera-cat.png"].map((name) => readFile(new URL(`../../models/emoji-vit/examples/${name}`, import.meta.url))),
);
const pictures = [
  ...examples,
  ...(await Promise.all((["jpeg", "webp", "avif"] as const).map((format) => sharp(examples[0]).toFormat(format).toBuffer()))),
];

const folder = await mkdtemp(join(tmpdir(), "vitcx-hostile-"));
const server = start("functions/server.ts", [], { PORT: "0", VITCX_DATA: folder, VITCX_OWNER_STREAMS: "1000" });
const origin = (await server.printed(/listens on (\S+)/))[1]!;
await server.printed(/"msg":"ready"/);
const url = `${origin}/graphql`;
const { port } = new URL(origin);
const codes = new Map<string, number>();
const took = new Map<string, number[]>();
const problems: string[] = [];
let died = false;
void server.ended.then(() => (died = true));

try {
  const before = memory();
  const limit = pLimit(8);
  await Promise.all(Array.from({ length: IMAGES }, () => limit(sendDamaged)));
  print(`${IMAGES} damaged images`, before);
  codes.clear();
  took.clear();
  const then = memory();
  const end = performance.now() + 1000 * SECONDS;
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => (i % 10 === 0 ? harm(end) : use(end, i))));
  print(`${CLIENTS} clients for ${SECONDS} s, one in ten hostile`, then);
  const { status } = await fetch(`${url}?query={__typename}`, { headers: { "x-graphql-yoga-csrf": "1" } });
  if (status !== 200) problems.push(`it answers ${status} afterwards`);
  if (died) problems.push("the server has ended");
} finally {
  server.killAll();
  await server.ended;
  await rm(folder, { recursive: true });
}
console.log(
  `problems: ${problems.length}${problems
    .slice(0, 10)
    .map((each) => `\n  ${each}`)
    .join("")}`,
);
process.exit(problems.length > 0 ? 1 : 0);

/** Some bits of a picture changed, a part cut off or out, or put in twice. */
function damaged(): Buffer {
  const bytes = Buffer.from(pictures[below(pictures.length)]!);
  const at = below(bytes.length);
  switch (below(4)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(200))]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(bytes.length))]);
    default: {
      // Headers are at the beginning, so half of the changes are there.
      for (let i = 0; i < 1 + below(8); i++)
        bytes[below(2) ? below(Math.min(64, bytes.length)) : below(bytes.length)]! ^= 1 << below(8);
      return bytes;
    }
  }
}

async function sendDamaged(): Promise<void> {
  await timed("explainImage", () => explain(damaged(), { centreGaussian: true }));
}

function explain(image: Uint8Array, method: object): Promise<Response> {
  const form = new FormData();
  const query = "mutation ($input: ExplainImageInput!) { explainImage(input: $input) { id } }";
  form.set("operations", JSON.stringify({ query, variables: { input: { image: null, method } } }));
  form.set("map", JSON.stringify({ image: ["variables.input.image"] }));
  form.set("image", new Blob([new Uint8Array(image)]), "image");
  return fetch(url, { method: "POST", body: form, headers: { "x-graphql-yoga-csrf": "1" } });
}

function ask(query: string): Promise<Response> {
  const headers = { "content-type": "application/json", "x-graphql-yoga-csrf": "1" };
  return fetch(url, { method: "POST", headers, body: JSON.stringify({ query }) });
}

/** Somebody who looks, asks and watches. */
async function use(end: number, i: number): Promise<void> {
  while (performance.now() < end) {
    await timed("models", () => ask("{ models { id labels } }"));
    const asked = await timed("explainImage", () => explain(examples[i % 2]!, { centreGaussian: true }));
    const id = (asked?.["data"] as { explainImage?: { id: string } } | undefined)?.explainImage?.id;
    if (id) await timed("explanation", () => ask(`{ explanation(id: "${id}") { status saliencyMap { overlay } } }`));
    await timed("explanations", () => ask("{ explanations(first: 5) { edges { node { id status } } } }"));
    await setTimeout(200 + below(800));
  }
}

/** Somebody who means harm: bodies that are none, questions without end, connections that do not read. */
async function harm(end: number): Promise<void> {
  const json = { "content-type": "application/json", "x-graphql-yoga-csrf": "1" };
  const acts = [
    () => timed("hostile", () => fetch(url, { method: "POST", headers: json, body: "{".repeat(1 + below(10_000)) })),
    () => timed("hostile", () => ask(`{ ${Array.from({ length: 60 }, (_, i) => `a${i}: __typename`).join(" ")} }`)),
    () => timed("hostile", () => ask(`{ models { ${"labels ".repeat(3000)} } }`)),
    () => timed("hostile", () => ask(`{ explanation(id: "${"../".repeat(1 + below(50))}") { id } }`)),
    () => timed("hostile", () => explain(damaged(), { rise: { numMasks: -1 } })),
    () =>
      timed("hostile", () => fetch(url, { method: "POST", headers: { ...json, "content-encoding": "gzip" }, body: "not gzip" })),
    () => raw(`POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: 1000000\r\n\r\n{`),
    () => raw("GET / HTTP/1.1\r\nhost: a b\r\n\r\n"),
    () => raw("\u0000".repeat(below(2000))),
  ];
  while (performance.now() < end) {
    await acts[below(acts.length)]!();
    await setTimeout(50 + below(200));
  }
}

/** Writes bytes, reads nothing, and goes after a while. */
async function raw(text: string): Promise<void> {
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(text);
  await setTimeout(200 + below(2000));
  socket.destroy();
}

/** Counts what an answer says, and how long it took. Its body. */
async function timed(operation: string, send: () => Promise<Response>): Promise<Record<string, unknown> | undefined> {
  const begun = performance.now();
  try {
    const response = await send();
    const text = await response.text();
    const all = took.get(operation) ?? [];
    all.push(performance.now() - begun);
    took.set(operation, all);
    const body = JSON.parse(text) as { errors?: { message: string; extensions?: { code?: string } }[] };
    const code = body.errors ? (body.errors[0]?.extensions?.code ?? "without a code") : "answered";
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (code === "without a code" || code === "INTERNAL") problems.push(`${operation}: ${text.slice(0, 200)}`);
    return body;
  } catch (error) {
    problems.push(`${operation}: ${String(error)}`);
    return undefined;
  }
}

function print(what: string, before: number): void {
  console.log(`${what}; the API's memory ${before.toFixed(0)} MB before, ${memory().toFixed(0)} MB after`);
  for (const [code, count] of [...codes].toSorted(([, a], [, b]) => b - a))
    console.log(`  ${String(count).padStart(7)}  ${code}`);
  for (const [operation, all] of took) {
    const sorted = all.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(0);
    console.log(`  ${operation}: ${all.length} times, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  }
}

/** Resident, MB. */
function memory(): number {
  return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}
