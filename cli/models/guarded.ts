import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readConfig } from "../../functions/config.ts";
import { CodedError, type ErrorCode } from "../../lib/errors.ts";
import { ADDING } from "../../lib/vit/catalog/adding.ts";
import { folderToAddTo } from "../model-folders.ts";
import type { ModelFlags } from "./run.ts";

/** A command of run.ts that loads a model. */
export interface ModelCommand {
  readonly name: "add" | "inspect" | "verify";
  readonly args: readonly [subject: string, flags: ModelFlags];
}

/** What the child tells: that the model is loaded now, what it prints, and how it ends. */
interface Message {
  readonly begins?: true;
  readonly printed?: string;
  readonly text?: string;
  readonly exitCode?: number;
  readonly error?: {
    readonly code?: ErrorCode;
    readonly message: string;
    readonly stack?: string;
    readonly syscall?: string;
    readonly systemCode?: string;
  };
}

const extension = extname(fileURLToPath(import.meta.url));
const entry = fileURLToPath(new URL(`./child${extension}`, import.meta.url));

/** How often the child's memory is looked at: milliseconds. */
const LOOK_MS = 50;

/**
 * Runs a command on a model in a child process, for the model's file may come from anybody: a graph can loop for ever, ask for more
 * memory than there is, or end the process. The text to print.
 *
 * @throws CodedError MODEL_UNUSABLE where the model takes more than VITCX_MODEL_SECONDS or VITCX_MODEL_MB, or the process dies of it
 */
export async function guarded(command: ModelCommand): Promise<string> {
  // In a checkout the child needs the loader of TypeScript, whoever started this process.
  const execArgv = extension === ".ts" ? ["--import", import.meta.resolve("tsx")] : process.execArgv;
  const child = fork(entry, { stdio: ["ignore", "inherit", "inherit", "ipc"], execArgv });
  const limit = new Limit(child);
  let last: Message = {};
  child.on("message", (message: Message) => {
    if (message.begins) limit.begin();
    else if (message.printed !== undefined) console.log(message.printed);
    else last = message;
  });
  child.send(command);
  const [, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  limit.end();
  if (last.text !== undefined) {
    if (last.exitCode) process.exitCode = last.exitCode;
    return last.text;
  }
  if (last.error) throw thrown(last.error);
  if (command.name === "add") await forgetHalf(command.args[1], child.pid!);
  throw new CodedError(
    "MODEL_UNUSABLE",
    limit.broken ??
      `The process that ran the model ended by ${signal ?? "itself"}: its file is damaged, or ONNX Runtime cannot run it.`,
  );
}

/** The time and the memory that a model may take. */
class Limit {
  readonly #child: ChildProcess;
  #timers: NodeJS.Timeout[] = [];
  /** The sentence about the limit that was passed. */
  broken: string | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  begin(): void {
    const { VITCX_MODEL_SECONDS: seconds, VITCX_MODEL_MB: megabytes } = readConfig();
    const late = () =>
      this.#break(
        `The model did not come to an end within ${seconds} s. If it is only large or slow, raise VITCX_MODEL_SECONDS.`,
      );
    const look = () => {
      if (residentBytes(this.#child.pid!) <= megabytes * 1e6) return;
      this.#break(`The model took more than ${megabytes} MB of memory. If it is only large, raise VITCX_MODEL_MB.`);
    };
    this.#timers = [setTimeout(late, seconds * 1000), setInterval(look, LOOK_MS)];
  }

  #break(sentence: string): void {
    this.broken ??= sentence;
    this.#child.kill("SIGKILL");
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

/** The memory that a process holds, 0 where the system does not say. */
function residentBytes(pid: number): number {
  try {
    if (process.platform === "linux")
      return 1024 * Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    return 1024 * Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }));
  } catch {
    return 0;
  }
}

function thrown({ code, message, stack, syscall, systemCode }: NonNullable<Message["error"]>): Error {
  if (code !== undefined) return new CodedError(code, message);
  return Object.assign(new Error(message), { stack, ...(syscall !== undefined && { syscall, code: systemCode }) });
}

/** Removes what a child that was killed had copied of its model. */
async function forgetHalf({ models }: ModelFlags, pid: number): Promise<void> {
  const folder = folderToAddTo(models);
  const names = await readdir(folder).catch(() => []);
  const half = names.filter((name) => name.startsWith(`${ADDING}${pid}-`));
  await Promise.all(half.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
