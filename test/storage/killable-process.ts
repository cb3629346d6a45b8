import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

interface KillableProcess {
  /** Resolves when the process has printed `count` lines. */
  printed(count: number): Promise<void>;
  /** SIGKILL; resolves when the process is gone and all that it printed was passed on. */
  kill(): Promise<void>;
  /** Ends the process's standard input, which tells it to finish; resolves when it has, rejects where it failed. */
  finish(): Promise<void>;
}

/** Runs a TypeScript file in a process of its own, until the test's end at most, and passes on each line that it prints. */
export function startProcess(file: URL, args: readonly string[], onLine: (line: string) => void): KillableProcess {
  const child = spawn(process.execPath, ["--import", "tsx", fileURLToPath(file), ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  onTestFinished(() => void child.kill("SIGKILL"));
  let lines = 0;
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) onLine(line);
    lines += parts.length;
    child.emit("lines");
  });

  return {
    async printed(count) {
      while (lines < count) {
        if (child.exitCode !== null) throw new Error(`Expected ${count} lines, got ${lines} and exit code ${child.exitCode}`);
        await Promise.race([once(child, "lines"), closed]);
      }
    },
    async kill() {
      child.kill("SIGKILL");
      await closed;
    },
    async finish() {
      child.stdin.end();
      await closed;
      if (child.exitCode !== 0) throw new Error(`Expected exit code 0, got ${child.exitCode ?? child.signalCode}`);
    },
  };
}

/** Numbers in [0, 1), the same for the same seed (Park and Miller's generator). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
