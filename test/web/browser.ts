import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";

/** Debian's; where it is missing the tests in a browser are skipped. */
export const chromiumPath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

export const hasChromium = existsSync(chromiumPath);

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox", "--disable-gpu"] });
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Where an example picture lies. */
export const example = (name: string) => join(root, "models/emoji-vit/examples", `${name}.png`);

/** `npm start` in a folder of its own; it can be stopped and started again on the same port. */
export class Server {
  readonly #env: Readonly<Record<string, string>>;
  #data = "";
  #process: ChildProcess | undefined;
  #port = "0";

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.#env = env;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#data ||= await mkdtemp(join(tmpdir(), "vitcx-web-"));
    const env = {
      ...process.env,
      PORT: this.#port,
      HOST: "127.0.0.1",
      VITCX_DATA: this.#data,
      VITCX_THREADS: "1",
      VITCX_LEASE_SECONDS: "2",
      ...this.#env,
    };
    const started = spawn(process.execPath, ["--import", "tsx", "functions/server.ts"], { cwd: root, env });
    this.#process = started;
    for await (const line of createInterface(started.stdout)) {
      const port = /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port === undefined) continue;
      this.#port = port;
      started.stdout.resume();
      return;
    }
    throw new Error("The server has not started");
  }

  async stop(): Promise<void> {
    const running = this.#process;
    if (!running || running.exitCode !== null) return;
    running.kill("SIGTERM");
    await once(running, "exit");
  }

  /** Has the disk lose an explanation's log. */
  async damage(id: string): Promise<void> {
    await writeFile(join(this.#data, "store/explanations", id, "events.ndjson"), "{\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#data, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
