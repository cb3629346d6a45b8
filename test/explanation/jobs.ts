import { expect } from "vitest";
import type { EventPayload } from "../../lib/explanation/log/events.ts";
import { explainAlone } from "../../lib/explanation/run/explain-alone.ts";
import { keys } from "../../lib/explanation/keys.ts";
import { append, readLog } from "../../lib/explanation/log/log.ts";
import { sha256 } from "../../lib/explanation/request/request.ts";
import { submit } from "../../lib/explanation/request/submit.ts";
import type { Delivery } from "../../lib/queue/job-queue.ts";
import { submission } from "./requests.ts";
import type { Workshop } from "./workshop.ts";

/** An explanation that is queued, and what happens to it after that. */
export async function queued(workshop: Workshop, ...happenings: EventPayload[]): Promise<string> {
  const { id } = await submit(workshop.deps, await submission());
  for (const payload of happenings) await happen(workshop, id, payload);
  return id;
}

/** Something happens to it that no worker of the test does. */
export async function happen({ deps }: Workshop, id: string, payload: EventPayload): Promise<void> {
  expect(await append(deps.store, (await readLog(deps.store, id))!, payload)).not.toBeNull();
}

/** What has happened to it. */
export async function kinds({ deps }: Workshop, id: string): Promise<string[]> {
  return (await readLog(deps.store, id))!.events.map(({ kind }) => kind);
}

/** A delivery that notes what becomes of it. */
export function noted(id: string, count = 1): Delivery & { readonly calls: string[] } {
  const calls: string[] = [];
  const note = (name: string) => async (delayMs?: number) => {
    calls.push(delayMs === undefined ? name : `${name} ${delayMs}`);
    return true;
  };
  return {
    calls,
    job: { id },
    count,
    extend: note("extend"),
    done: note("done"),
    release: note("release"),
    postpone: note("postpone"),
    reject: note("reject"),
  };
}

const compared = ["saliency-map.npy", "heatmap.png", "overlay.png", "masks.npy", "scores.npy", "probabilities.npy"];

/** SHA-256 of the files of a result that tell of no time. */
export async function digests({ deps }: Workshop, id: string): Promise<string[]> {
  return Promise.all(compared.map(async (name) => sha256((await deps.store.get(keys.file(id, name)))!.bytes)));
}

/** The same for the same request, explained without store and queue. */
export async function aloneDigests({ deps, worker }: Workshop): Promise<string[]> {
  const steps = explainAlone(deps.catalog, worker.openClassifier, await submission());
  let step = await steps.next();
  while (!step.done) step = await steps.next();
  const files = new Map(step.value.map(({ name, bytes }) => [name, bytes]));
  return compared.map((name) => sha256(files.get(name)!));
}
