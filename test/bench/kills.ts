import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { sfc32, uniform } from "../../lib/tensor/random.ts";
import { Client, countOf, type ServiceEvent } from "../service/client.ts";
import { type RunningProcess, start } from "../service/processes.ts";

/**
 * `npm run bench:kills`: kills the worker, the server or both with SIGKILL at random moments while they explain, starts the server again as
 * systemd would, and follows every explanation to its end. Prints what was killed how often, what was lost, and how long it took until
 * the explanation went on. Ends with 1 where an explanation has no end or two, an event is missing or told twice, a result is another one
 * than without kills, or a process is left. Variables: VITCX_KILLS (100), VITCX_SEED.
 */
const KILLS = Number(process.env["VITCX_KILLS"] ?? 100);
const SEED = Number(process.env["VITCX_SEED"] ?? 20261127);
const KINDS = ["worker", "server", "both"] as const;
type Kind = (typeof KINDS)[number];

const next = sfc32(SEED, 0);
const image = new URL("../../models/emoji-vit/examples/crab.png", import.meta.url);
/** Many batches, and so a middle. */
const question = (seed: number) => ({ method: { vitCx: { delta: 0.08, seed } } });

const folder = await mkdtemp(join(tmpdir(), "vitcx-kills-"));
const mark = { VITCX_DATA: folder };
const begin = () => start("functions/server.ts", [], { PORT: "0", VITCX_LEASE_SECONDS: "2", VITCX_POLL_MS: "20", ...mark });
let server: RunningProcess = begin();
let client = await clientOf(server);
const problems: string[] = [];
const recoveries: Record<Kind, number[]> = { worker: [], server: [], both: [] };

try {
  const undisturbed = await digestOf(await finished(1));
  for (let i = 0; i < KILLS; i++) {
    const kind = KINDS[i % KINDS.length]!;
    const id = await client.explainImage(image, question(i + 2));
    const seen: ServiceEvent[] = [];
    const watching = watch(id, seen);
    await setTimeout(1200 * uniform(next));
    const killedAt = performance.now();
    kill(kind);
    await watching;
    if (kind !== "worker") {
      server = begin();
      client = await clientOf(server);
    }
    const told = seen.length;
    for (let tries = 0; !isOver(seen) && tries < 20; tries++) await watch(id, seen);
    if (told > 0 || kind !== "worker") recoveries[kind].push((performance.now() - killedAt) / 1000);
    const sequences = seen.map(({ sequence }) => sequence);
    if (sequences.some((sequence, at) => sequence !== at + 1)) problems.push(`${id}: events ${sequences.join(" ")}`);
    if (countOf(seen, "SucceededEvent") !== 1) problems.push(`${id}: ${seen.at(-1)?.kind ?? "no event"} at the end`);
    process.stderr.write(`\r${i + 1} of ${KILLS} kills, ${problems.length} problems`);
  }
  process.stderr.write("\n");
  // The same question as before all kills, from a folder of its own history: the same bytes.
  if ((await digestOf(await finished(1))) !== undisturbed) problems.push("the first explanation has changed");
} finally {
  server.kill("SIGTERM");
  await Promise.race([server.ended, setTimeout(20_000)]);
  const left = processesWith(folder);
  if (left.length > 0) problems.push(`processes left: ${left.join(" ")}`);
  server.killAll();
  await rm(folder, { recursive: true });
}

console.log("killed    times  to the end afterwards, s: median, most");
for (const kind of KINDS) {
  const seconds = recoveries[kind].toSorted((a, b) => a - b);
  const [median = NaN, most = NaN] = [seconds[Math.floor(seconds.length / 2)], seconds.at(-1)];
  console.log(`${kind.padEnd(8)}  ${String(seconds.length).padStart(5)}  ${median.toFixed(1)}, ${most.toFixed(1)}`);
}
console.log(`lost, doubled or changed: ${problems.length}${problems.map((each) => `\n  ${each}`).join("")}`);
process.exit(problems.length > 0 ? 1 : 0);

function kill(kind: Kind): void {
  if (kind !== "worker") server.kill("SIGKILL");
  // A worker whose server is gone ends by itself; here it does not get the time to.
  if (kind !== "server") for (const pid of processesWith(folder).filter((each) => each !== server.pid)) killed(pid);
}

function killed(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was quicker.
  }
}

async function clientOf(started: RunningProcess): Promise<Client> {
  return new Client((await started.printed(/listens on (\S+)/))[1]!);
}

/** Adds the events that are still to come, until the end or a lost connection. */
async function watch(id: string, seen: ServiceEvent[]): Promise<void> {
  try {
    for await (const event of client.follow(id, seen.at(-1)?.sequence ?? 0)) seen.push(event);
  } catch {
    await setTimeout(200);
  }
}

function isOver(events: readonly ServiceEvent[]): boolean {
  return /^(?:Succeeded|Failed|Canceled)Event$/.test(events.at(-1)?.kind ?? "");
}

async function finished(seed: number): Promise<string> {
  const id = await client.explainImage(image, question(seed));
  await client.followToEnd(id);
  return id;
}

async function digestOf(id: string): Promise<string> {
  const bytes = await client.download(`/files/explanations/${id}/saliency-map.npy`);
  return createHash("sha256").update(bytes).digest("hex");
}

/** Processes of this user that were started with the folder in their environment. */
function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}
