import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { Client } from "./client.ts";
import { type RunningProcess, start } from "./processes.ts";

// A test takes some seconds, and several times as long on a machine that has other work.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

/** A folder of its own, and the processes that work on it. */
export interface Place {
  readonly folder: string;
  /** Starts <name> with these arguments, and these variables beside the place's own. */
  start(name: string, args?: readonly string[], env?: NodeJS.ProcessEnv): RunningProcess;
  /** Starts `vitcx <command>` likewise. */
  vitcx(command: string, args?: readonly string[], env?: NodeJS.ProcessEnv): RunningProcess;
  /** Starts functions/server.ts: the server, and the worker that it keeps. */
  startService(env?: NodeJS.ProcessEnv): Promise<{ server: RunningProcess; client: Client }>;
}

/** Makes a place that is there until the clean-up: then whatever still runs is killed, and the folder removed. */
export async function openPlace(onCleanUp: (cleanUp: () => Promise<void>) => void): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "vitcx-service-"));
  const processes: RunningProcess[] = [];
  onCleanUp(async () => {
    for (const started of processes) started.killAll();
    await Promise.all(processes.map(({ ended }) => ended));
    await rm(folder, { recursive: true });
  });

  const place: Place = {
    folder,
    start(name, args = [], env = {}) {
      const started = start(name, args, { PORT: "0", VITCX_DATA: folder, VITCX_POLL_MS: "20", VITCX_THREADS: "1", ...env });
      processes.push(started);
      return started;
    },
    vitcx: (command, args = [], env = {}) => place.start("cli/vitcx.ts", [command, ...args], env),
    async startService(env) {
      const server = place.start("functions/server.ts", [], env);
      const origin = (await server.printed(/listens on (\S+)/))[1]!;
      return { server, client: new Client(origin) };
    },
  };
  return place;
}

/** An image of the default model's examples. */
export function example(name: string): URL {
  return new URL(`../../models/emoji-vit/examples/${name}`, import.meta.url);
}

/** Options under which few masks are merged, so that a job has many batches and a middle. */
export const long = { method: { vitCx: { delta: 0.08 } } };
