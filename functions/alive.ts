import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { nullWhereAbsent, sweep } from "../lib/filesystem/durable.ts";

const INTERVAL_MS = 10_000;

/** A worker that has written no sign of life for so long is dead or hangs; a pass of a large model blocks it for a while. */
const DEAD_MS = 120_000;

/**
 * Writes the file again and again while this process has time to: one that is older than a minute or two belongs to one that hangs.
 * `text` is what it says.
 */
export function showAlive(file: string, text = () => ""): void {
  const temporary = join(dirname(file), `.${basename(file)}`);
  const show = () => {
    try {
      mkdirSync(dirname(file), { recursive: true });
      // Whoever reads it finds the whole of one text.
      writeFileSync(temporary, text());
      renameSync(temporary, file);
    } catch {
      // A disk that cannot be written is no death; who reads the file finds it old.
    }
  };
  show();
  setInterval(show, INTERVAL_MS).unref();
  process.once("exit", () => {
    try {
      rmSync(file, { force: true });
    } catch {
      // As above: it grows old.
    }
  });
}

/** Where the workers of a folder show that they are alive, a file each. */
export function workersFolder({ VITCX_DATA }: { readonly VITCX_DATA: string }): string {
  return join(VITCX_DATA, "workers");
}

/** The names of a folder's workers that are alive. */
export async function aliveWorkers(folder: string): Promise<readonly string[]> {
  await nullWhereAbsent(sweep(folder)).catch(() => undefined);
  const names = ((await nullWhereAbsent(readdir(folder))) ?? []).filter((name) => !name.startsWith(".") && mayRun(name));
  const files = await Promise.all(names.map((name) => nullWhereAbsent(stat(join(folder, name)))));
  return names.filter((_, i) => (files[i]?.mtimeMs ?? 0) > Date.now() - DEAD_MS);
}

/** The name of this process among all that share a folder. */
export function processName(): string {
  return `${hostname()}-${process.pid}`;
}

/** False for a process of this machine that is gone; of another one it is not known. */
function mayRun(name: string): boolean {
  const [, host, pid] = /^(.*)-(\d+)$/.exec(name) ?? [];
  if (host !== hostname()) return true;
  try {
    return process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
