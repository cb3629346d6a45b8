import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { statfs } from "node:fs/promises";

/** A file system of its own, which can be filled, and made one that can only be read. */
export interface SmallDisk {
  readonly folder: string;
  /** Fills it but for so many bytes. */
  fill(left: number): Promise<void>;
  /** Takes away what filled it. */
  free(): Promise<void>;
  readOnly(is: boolean): void;
  remove(): void;
}

const mount = (...args: string[]) => execFileSync("mount", args, { stdio: "ignore" });

/** Whether this user may mount a file system, in a container or on the machine. */
export const canMount = ((): boolean => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    openDisk(1).remove();
    return true;
  } catch {
    return false;
  }
})();

/** A new file system in memory of so many megabytes. Whoever opens it removes it. */
export function openDisk(megabytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "vitcx-disk-"));
  try {
    mount("-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder);
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  const filler = join(folder, "filler");
  return {
    folder,
    async fill(left) {
      const { bavail, bsize } = await statfs(folder);
      await writeFile(filler, new Uint8Array(Math.max(0, bavail * bsize - left)));
    },
    free: () => rm(filler, { force: true }),
    readOnly: (is) => mount("-o", `remount,${is ? "ro" : "rw"}`, folder),
    remove() {
      execFileSync("umount", ["-l", folder], { stdio: "ignore" });
      rmSync(folder, { recursive: true });
    },
  };
}
