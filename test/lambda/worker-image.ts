import { execFile } from "node:child_process";
import { access, cp, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Stage } from "../container/dockerfile.ts";

export interface BuiltImage {
  /** What the worker's images have in their folder: the bundle, its modules, the models. */
  readonly folder: string;
  /** The commands that were run for it. */
  readonly ran: readonly string[];
  /** The paths that were there to be removed by them, relative to the folder. */
  readonly there: readonly string[];
}

/**
 * Does in temporary folders what Docker would do in the stages `build` and `modules`, with what they copy and no more, and puts
 * together what the last stages take from them. Stages that need root, or other registries than npm's, are left out.
 */
export async function buildImage(stages: readonly Stage[], root: string): Promise<BuiltImage> {
  const ran: string[] = [];
  const there: string[] = [];
  const named = (name: string) => stages.find((stage) => stage.name === name)!;

  async function make({ name, instructions }: Stage, folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    for (const { name: keyword, rest, from } of instructions) {
      if (keyword === "COPY") await copy(rest.replace(/^--from=\S+ /, "").split(" "), from, folder);
      if (keyword !== "RUN" || !own.includes(name)) continue;
      const removed = rest.startsWith("rm -rf ") ? rest.split(" ").slice(2) : [];
      for (const path of removed) if (await exists(join(folder, path))) there.push(path);
      await run(rest, folder);
      ran.push(rest);
    }
  }

  async function copy(paths: readonly string[], from: string | undefined, folder: string): Promise<void> {
    const to = join(folder, paths.at(-1)!);
    for (const path of paths.slice(0, -1)) {
      if (from === undefined) await cp(path, to.endsWith("/") ? join(to, path) : to, { recursive: true });
      else await rename(path.replace("/vitcx", join(root, from)), to);
    }
  }

  const own = ["build", "modules"];
  for (const name of own) await make(named(name), join(root, name));
  // Under node_modules vitest imports it as it is, and no other modules are near: those of the stage `build` are elsewhere.
  const folder = join(root, "node_modules/image");
  await make(named("lambda"), folder);
  return { folder, ran, there };
}

/** Runs a command as a step of a Dockerfile is run, with npm's cache where that has what is asked for. */
export async function run(command: string, folder: string): Promise<void> {
  const env = { ...process.env, npm_config_prefer_offline: "true" };
  await promisify(execFile)("sh", ["-c", command], { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
