import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A TypeScript file that runs in a process of its own. */
export interface RunningProcess {
  readonly pid: number;
  /** All that it, and the processes that it started, have written so far. */
  readonly output: () => string;
  readonly errors: () => string;
  /** What the pattern finds in what it writes, as soon as it is there; rejects where the process ends without it. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code, null where a signal ended it, when it and all processes that it started are gone. */
  readonly ended: Promise<number | null>;
  /** SIGKILL for it and all processes that it started. */
  killAll(): void;
}

/** Starts <name> with these arguments, and these variables beside the environment's own. */
export function start(name: string, args: readonly string[], env: NodeJS.ProcessEnv): RunningProcess {
  const file = fileURLToPath(new URL(`../../${name}`, import.meta.url));
  // A process group of its own, so that nothing of it can outlive the test.
  const child = spawn(process.execPath, ["--import", "tsx", file, ...args], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
    child.emit("printed");
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    errors += chunk;
    child.emit("printed");
  });
  // Whatever it started holds the same pipes: they close when the last of all is gone.
  const ended = once(child, "close").then(() => child.exitCode);

  return {
    pid: child.pid!,
    output: () => output,
    errors: () => errors,
    ended,
    async printed(pattern) {
      for (;;) {
        const found = pattern.exec(output) ?? pattern.exec(errors);
        if (found) return found;
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`${name} ended without printing ${String(pattern)}: ${errors}`);
        }
        await Promise.race([once(child, "printed"), once(child, "exit")]);
      }
    },
    kill: (signal) => void child.kill(signal),
    killAll() {
      try {
        process.kill(-child.pid!, "SIGKILL");
      } catch (error) {
        // Nothing is left of it.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    },
  };
}
