import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { nullWhereAbsent, sweep } from "../lib/filesystem/durable.ts";

const INTERVAL_MS = 10_000;

/** A worker that has written no sign of life for so long is dead or hangs; a pass of a large model blocks it for a while. */
const DEAD_MS = 120_000;

/** Writes the file again and again while this process has time to: one that is older than a minute or two belongs to one that hangs. */
export function showAlive(file: string): void {
  const show = () => {
    try {
      writeFileSync(file, "");
    } catch {
      // A disk that cannot be written is no death; who reads the file finds it old.
    }
  };
  mkdirSync(dirname(file), { recursive: true });
  show();
  setInterval(show, INTERVAL_MS).unref();
  process.once("exit", () => rmSync(file, { force: true }));
}

/** Where the workers of a folder show that they are alive, a file each. */
export function workersFolder({ VITCX_DATA }: { readonly VITCX_DATA: string }): string {
  return join(VITCX_DATA, "workers");
}

/** How many workers of a folder are alive. */
export async function countAlive(folder: string): Promise<number> {
  await nullWhereAbsent(sweep(folder)).catch(() => undefined);
  const names = (await nullWhereAbsent(readdir(folder))) ?? [];
  const files = await Promise.all(names.filter(mayRun).map((name) => nullWhereAbsent(stat(join(folder, name)))));
  return files.filter((file) => file !== null && file.mtimeMs > Date.now() - DEAD_MS).length;
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
