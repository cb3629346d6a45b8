import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";

const script = resolve("test/built-images/images.sh");

/** Why no image can be built on this machine; undefined where it can. */
export const missing: string | undefined = whatIsMissing();

function whatIsMissing(): string | undefined {
  if (process.getuid?.() !== 0) return "it needs root";
  const tools = ["buildah", "debootstrap", "tini"].filter((tool) => {
    try {
      execFileSync("sh", ["-c", `command -v ${tool}`], { stdio: "ignore" });
      return false;
    } catch {
      return true;
    }
  });
  return tools.length === 0 ? undefined : `${tools.join(", ")} not installed: test/built-images/images.sh install`;
}

/** What `docker run --init` has as process 1. */
export const init = "/usr/bin/tini-static";

/** A step of a Dockerfile that cannot be done here, and why. */
export interface LeftOut {
  readonly step: RegExp;
  readonly why: string;
}

export interface BuildOptions {
  readonly leftOut?: readonly LeftOut[];
  /** Makes another Dockerfile of the one that is there. */
  readonly change?: (dockerfile: string) => string;
}

/** Builds a stage of a Dockerfile; the steps that were left out. Rejects with the build's output where a step fails. */
export async function build(file: string, target: string, { leftOut = [], change = (text) => text }: BuildOptions = {}) {
  const left: string[] = [];
  const text = change(await readFile(file, "utf8")).replace(/^RUN (.*)$/gm, (line, step: string) => {
    if (!leftOut.some((each) => each.step.test(step))) return line;
    left.push(step);
    return "RUN true";
  });
  const folder = await mkdtemp(join(tmpdir(), "vitcx-dockerfile-"));
  try {
    const dockerfile = join(folder, "Dockerfile");
    await writeFile(dockerfile, text);
    await writeFile(`${dockerfile}.dockerignore`, await readFile(`${file}.dockerignore`));
    await images("build", inject("images"), dockerfile, target, tagOf(target));
  } finally {
    await rm(folder, { recursive: true });
  }
  return left;
}

/** What an image says of how it is started, as Docker keeps it. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[] | null;
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly Volumes: Readonly<Record<string, object>> | null;
  readonly ExposedPorts: Readonly<Record<string, object>> | null;
  readonly Healthcheck?: { readonly Test: readonly string[] };
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** In place of the image's own. */
  readonly command?: readonly string[];
  /** uid:gid in place of the image's own. */
  readonly user?: string;
  /** Nothing can be written but /tmp and what is bound. */
  readonly readOnly?: boolean;
  /** A program of this machine that is process 1 in place of the command, as with `docker run --init`. */
  readonly init?: string;
  /** Folders of this machine, and where they are in the container. */
  readonly volumes?: Readonly<Record<string, string>>;
}

export interface Container {
  /** Its process 1, by this machine's count. */
  readonly pid: number;
  readonly config: ImageConfig;
  /** What it has written so far. */
  log(): string;
  /** What the pattern finds in what it writes, as soon as it is there. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code; not 0 where a signal has ended it. */
  readonly ended: Promise<number>;
  /** Runs a command in it, as `docker exec` does; its output. */
  exec(...command: readonly string[]): Promise<string>;
  /** Runs the command of its HEALTHCHECK; rejects where that says that it is not healthy. */
  checkHealth(): Promise<string>;
}

const started = new Set<Container>();

/** Ends all containers. */
export async function killAll(): Promise<void> {
  for (const container of started) container.kill("SIGKILL");
  await Promise.all([...started].map(({ ended }) => ended));
}

/** Starts a container as the image's configuration says, on this machine's network. */
export async function start(target: string, options: StartOptions = {}): Promise<Container> {
  const [, root = "", ...json] = (await images("open", inject("images"), tagOf(target))).split("\n");
  const { config } = (JSON.parse(json.join("\n")) as { Docker: { config: ImageConfig } }).Docker;
  const { env = {}, user = `${config.User || 0}:${config.User || 0}`, readOnly = false, init = "", volumes = {} } = options;
  const command = [...(config.Entrypoint ?? []), ...(options.command ?? config.Cmd)];
  const environment = [...config.Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const bound = Object.entries(volumes).map(([from, to]) => `${from}:${to}`);
  const inside = ["env", "-i", "-C", config.WorkingDir, ...environment, ...command];
  const child = spawn(
    "unshare",
    [
      "--mount",
      "--uts",
      "--pid",
      "--fork",
      "--kill-child",
      script,
      "start",
      root,
      user,
      readOnly ? "ro" : "rw",
      init,
      ...bound,
      "--",
      ...inside,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = new Promise<number>((done) => child.on("close", (code) => done(code ?? 1)));
  const pid = await firstChild(child.pid!);

  const container: Container = {
    pid,
    config,
    ended,
    log: () => log,
    async printed(pattern) {
      for (;;) {
        const found = pattern.exec(log);
        if (found) return found;
        if (!started.has(container)) throw new Error(`${target} ended without printing ${String(pattern)}: ${log}`);
        await new Promise((done) => setTimeout(done, 50));
      }
    },
    kill(signal) {
      // Sent to process 1 itself: unshare passes nothing on.
      if (started.has(container)) process.kill(pid, signal);
    },
    async exec(...inner) {
      const enter = ["--target", String(pid), "--mount", "--pid", "--root", "--"];
      const { stdout } = await promisify(execFile)("nsenter", [...enter, "env", "-i", ...environment, ...inner]);
      return stdout;
    },
    checkHealth() {
      const [kind, ...test] = config.Healthcheck?.Test ?? [];
      return kind === "CMD-SHELL" ? container.exec("/bin/sh", "-c", test[0]!) : container.exec(...test);
    },
  };
  started.add(container);
  void ended.then(() => started.delete(container));
  return container;
}

async function firstChild(pid: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
    if (children.trim() !== "") return Number(children.trim().split(" ")[0]);
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`Expected unshare (${pid}) to start a process, got none in two seconds`);
}

function tagOf(target: string): string {
  return `vitcx-${target}`;
}

async function images(...args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(script, args, { maxBuffer: 256 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`images.sh ${args.join(" ")} failed:\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`, { cause: error });
  }
}
