import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * In process 1, as which a container without an init starts its command: does the work in a process of its own, passes signals on to it,
 * and ends as it ends. Process 1 cannot end itself by SIGKILL, which the kernel keeps from it, and that is how a worker ends whose pass
 * never does. Returns in every other process.
 */
export async function leaveProcess1(): Promise<void> {
  if (process.pid !== 1) return;
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], { stdio: "inherit" });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, "exit")) as [number | null];
  process.exit(code ?? 1);
}
