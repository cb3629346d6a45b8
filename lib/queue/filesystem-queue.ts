import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import pLimit from "p-limit";
import { nullWhereAbsent, sweep, syncFolder } from "../filesystem/durable.ts";
import { onDisk } from "../filesystem/storage-error.ts";
import { type Delivery, type Job, type JobQueue, parseJob } from "./job-queue.ts";
import { type MessageState, messageName, parseMessageName } from "./message-name.ts";
import { type OwnersInTurn, ownersInTurn } from "./owners-in-turn.ts";

interface FilesystemQueueOptions {
  /** How long a worker holds a job without extending: milliseconds, above 0. */
  readonly leaseMs: number;
  /** How often a waiting `receive` looks for a job: milliseconds, above 0. Default 100. */
  readonly pollMs?: number;
}

/** A `receive` without a job returns after this while, as SQS's longest poll does. */
const RECEIVE_MS = 20_000;

/**
 * A queue in a folder, shared by any number of processes on one machine, any of which may be killed at any moment. A message
 * is a file in `root`/messages. Handing it out, extending, giving back and rejecting are one rename each, to a name that says
 * when it may next be handed out, so there is no lock and nothing to repair. Dead letters are in `root`/dead.
 *
 * @param root made with the first call.
 */
export function filesystemQueue(root: string, { leaseMs, pollMs = 100 }: FilesystemQueueOptions): JobQueue {
  const folders: Folders = { messages: join(root, "messages"), dead: join(root, "dead"), temporary: join(root, "tmp") };
  let prepared: Promise<void> | undefined;
  const order = ownersInTurn();
  let sent = 0;

  async function send(job: Job, owner: string): Promise<void> {
    await prepareOnce();
    const temporary = join(folders.temporary, randomUUID());
    await writeFile(temporary, JSON.stringify(job), { flag: "wx", flush: true }).catch(async (error: unknown) => {
      await rm(temporary, { force: true });
      throw error;
    });
    const id = `${String(sent++).padStart(9, "0")}-${randomUUID()}`;
    await rename(temporary, join(folders.messages, messageName({ visibleAt: Date.now(), id, count: 0, owner })));
    await syncFolder(folders.messages);
  }

  async function receive(signal: AbortSignal): Promise<Delivery | null> {
    await prepareOnce();
    const end = performance.now() + RECEIVE_MS;
    while (!signal.aborted) {
      const delivery = await claim(folders, leaseMs, order);
      if (delivery !== null || performance.now() >= end) return delivery;
      // Rejects only when the signal aborts, which the loop's condition sees.
      await setTimeout(pollMs, undefined, { signal }).catch(() => undefined);
    }
    return null;
  }

  function prepareOnce(): Promise<void> {
    prepared ??= prepare(root, folders).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  }

  return {
    leaseMs,
    send: (job, owner) => onDisk(() => send(job, owner)),
    receive: (signal) => onDisk(() => receive(signal)),
  };
}

interface Folders {
  readonly messages: string;
  readonly dead: string;
  readonly temporary: string;
}

async function prepare(root: string, folders: Folders): Promise<void> {
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
  await syncFolder(root);
  await sweep(folders.temporary);
}

/** A message that may be handed out, leased: the next owner's first; null where there is none. */
async function claim(folders: Folders, leaseMs: number, order: OwnersInTurn): Promise<Delivery | null> {
  const free = (await readdir(folders.messages)).toSorted().flatMap((name) => {
    const state = parseMessageName(name);
    return state !== null && isDue(state, leaseMs) ? [{ name, state }] : [];
  });
  for (const { name, state: before } of order.sort(free)) {
    const state = { ...before, visibleAt: Date.now() + leaseMs, count: before.count + 1 };
    const path = join(folders.messages, messageName(state));
    const content = await nullWhereAbsent(take(join(folders.messages, name), path));
    // Where another worker was quicker, the next message may still be free.
    if (content === null) continue;
    const job = parseJob(content);
    if (job === null) {
      await nullWhereAbsent(rename(path, join(folders.dead, basename(path))));
      continue;
    }
    order.served(state.owner);
    return deliver(job, state, path, folders, leaseMs);
  }
  return null;
}

/** The longest that anybody gives a job back for without leases: milliseconds. */
const MOST_DELAY_MS = 100_000;

/**
 * Whether the message may be handed out. A time further ahead than anybody sets one is of a clock that was set back since: it counts
 * as past, for else the message would lie until the old time comes.
 */
function isDue({ visibleAt, count }: MessageState, leaseMs: number): boolean {
  const ahead = visibleAt - Date.now();
  return ahead <= 0 || ahead > Math.max(MOST_DELAY_MS, (count + 1) * leaseMs);
}

async function take(from: string, to: string): Promise<string> {
  await rename(from, to);
  return readFile(to, "utf8");
}

function deliver(job: Job, state: MessageState, claimed: string, folders: Folders, leaseMs: number): Delivery {
  /** Where the message is while this delivery holds it; null once the lease was lost or given up. */
  let path: string | null = claimed;
  const limit = pLimit(1);

  /** `step` resolves to where the message is then. One after the other: an `extend` on its way must not make `done` miss the file. */
  function inTurn(step: (from: string) => Promise<string>, holds: boolean): Promise<boolean> {
    return limit(async () => {
      const to = path === null ? null : await nullWhereAbsent(step(path));
      path = holds ? to : null;
      return to !== null;
    });
  }

  async function move(from: string, to: string): Promise<string> {
    await rename(from, to);
    return to;
  }

  const visibleIn = (ms: number, count = state.count) =>
    join(folders.messages, messageName({ ...state, visibleAt: Date.now() + ms, count }));
  return {
    job,
    count: state.count,
    extend: () => inTurn((from) => move(from, visibleIn(leaseMs)), true),
    done: () => inTurn((from) => unlink(from).then(() => from), false),
    release: (delayMs = 0) => inTurn((from) => move(from, visibleIn(delayMs)), false),
    postpone: (delayMs) => inTurn((from) => move(from, visibleIn(delayMs, 0)), false),
    reject: () => inTurn((from) => move(from, join(folders.dead, basename(from))), false),
  };
}
