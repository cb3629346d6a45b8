import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pLimit from "p-limit";
import sharp from "sharp";
import { sfc32, uniform } from "../../lib/tensor/random.ts";
import { Client } from "../service/client.ts";
import { start } from "../service/processes.ts";

/**
 * `npm run bench:soak`: how the memory of the API and of its worker grows over thousands of explanations, each of another image of another
 * size and format, each read as the page reads it. Prints the resident memory (MB) and its slope over the second half, MB for each
 * thousand explanations. Ends with 1 where a process has grown by half over the second half. Variables: VITCX_EXPLANATIONS (2000), and those of the service.
 */
const COUNT = Number(process.env["VITCX_EXPLANATIONS"] ?? 2000);
const AT_A_TIME = 4;
/** How many explanations lie between two lines. */
const STEP = Math.max(1, Math.round(COUNT / 20));

const next = sfc32(20261127, 0);
const below = (limit: number) => Math.floor(uniform(next) * limit);

/** A picture of noise, which no cache has seen. */
async function image(): Promise<Blob> {
  const [width, height] = [64 + below(1500), 64 + below(1500)];
  const small = Uint8Array.from({ length: 16 * 16 * 3 }, () => below(256));
  const picture = sharp(small, { raw: { width: 16, height: 16, channels: 3 } }).resize(width, height, { fit: "fill" });
  const format = (["png", "jpeg", "webp"] as const)[below(3)]!;
  return new Blob([new Uint8Array(await picture.toFormat(format).toBuffer())]);
}

const methods = [
  () => ({ rise: { numMasks: 8, seed: below(1e9) } }),
  () => ({ vitCx: { delta: 0.4, seed: below(1e9) } }),
  () => ({ cgw2: true }),
  () => ({ gradient: true }),
];

const FILES = "saliencyMap { overlay heatmap raw } image { url }";

const folder = await mkdtemp(join(tmpdir(), "vitcx-soak-"));
const server = start("functions/server.ts", [], { PORT: "0", VITCX_DATA: folder, VITCX_POLL_MS: "50" });
try {
  const origin = (await server.printed(/listens on (\S+)/))[1]!;
  await server.printed(/"msg":"ready"/);
  const client = new Client(origin);
  const samples: { done: number; api: number; worker: number }[] = [];
  const limit = pLimit(AT_A_TIME);
  let done = 0;
  console.log("explanations  API, MB  worker, MB");
  const sample = async () => {
    const [api, worker] = await memories(server.pid);
    samples.push({ done, api, worker });
    console.log(`${String(done).padStart(12)}  ${api.toFixed(0).padStart(7)}  ${worker.toFixed(0).padStart(10)}`);
  };
  await sample();
  await Promise.all(
    Array.from({ length: COUNT }, (_, i) =>
      limit(async () => {
        await explain(client, i);
        if (++done % STEP === 0) await sample();
      }),
    ),
  );
  const half = samples.filter(({ done }) => done >= COUNT / 2);
  for (const name of ["api", "worker"] as const) {
    const slope = 1000 * slopeOf(half.map((each): [number, number] => [each.done, each[name]]));
    if (half.at(-1)![name] > 1.5 * half[0]![name]) process.exitCode = 1;
    console.log(`${name}: ${slope >= 0 ? "+" : ""}${slope.toFixed(1)} MB for each thousand explanations, over the second half`);
  }
} finally {
  server.killAll();
  await server.ended;
  await rm(folder, { recursive: true });
}

/** Asks for an explanation, follows it, and reads what the page reads of it: its pictures, and the map of another class. */
async function explain(client: Client, i: number): Promise<void> {
  const id = await client.explain(await image(), { method: methods[i % methods.length]!() });
  await client.followToEnd(id);
  const other = i % 4 < 2 ? `other: saliencyMap(target: "${i % 40}") { overlay }` : "";
  const { explanation } = await client.ask<{
    explanation: { status: string; saliencyMap: Record<string, string>; image: { url: string } };
  }>(`{ explanation(id: "${id}") { status ${FILES} ${other} } }`, {});
  if (explanation.status !== "SUCCEEDED") throw new Error(`${id} is ${explanation.status}`);
  for (const url of [...Object.values(explanation.saliencyMap), explanation.image.url]) await (await fetch(url)).arrayBuffer();
}

/** Resident memory of the process, and of its worker: MB. */
async function memories(pid: number): Promise<[api: number, worker: number]> {
  const children = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  const largest = Math.max(0, ...children.map((child) => residentMB(child)));
  return [residentMB(String(pid)), largest];
}

function parentOf(pid: string): number {
  return Number(/^PPid:\s*(\d+)/m.exec(status(pid))?.[1] ?? 0);
}

function residentMB(pid: string): number {
  return Number(/^VmRSS:\s*(\d+)/m.exec(status(pid))?.[1] ?? 0) / 1024;
}

function status(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

/** Least squares. */
function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const over = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return over / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}
