import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "../lib/errors.ts";
import { withFileLock } from "../lib/storage/file-lock.ts";

/**
 * Takes a folder for this process alone until it ends: two that wrote into one would mix their lines. Throws BAD_USER_INPUT where
 * another process that lives has it; one that has ended, however it did, has it no longer.
 */
export async function takeFolder(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, ".lock");
  // The lock is held while it is looked up who has the folder, so that looking and taking are one act.
  await withFileLock(file, () => {
    const pid = Number(readFileSync(file, "utf8"));
    if (pid > 0 && pid !== process.pid && isAlive(pid)) {
      const hint = `choose another --out, or remove ${file} if that process is none of these`;
      throw new CodedError("BAD_USER_INPUT", `The process ${pid} is writing into ${folder}; ${hint}.`);
    }
    writeFileSync(file, `${process.pid}\n`);
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
