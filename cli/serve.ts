import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { modelFolders } from "./model-folders.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

interface ServeOptions {
  readonly port?: string;
  readonly host?: string;
  readonly data?: string;
  readonly models?: string;
  /** False where there is `--no-worker`. */
  readonly worker: boolean;
  readonly withoutKeys?: boolean;
}

export function define(command: Command): void {
  command
    .description("Starts the API, the page, and a worker process beside it, until Ctrl-C.")
    .option("-p, --port <number>", "where to listen; default: PORT, or 4000")
    .option("--host <address>", "on which address; default: HOST, or 127.0.0.1, this machine alone")
    .option("--data <folder>", "the store and the queue; default: VITCX_DATA, or ./data")
    .option("--models <folders>", "folders of models, with : between them; default: VITCX_MODELS, or ./models and vitcx's own")
    .option("--no-worker", "the API and the page alone; workers are started by themselves, with vitcx worker")
    .option("--without-keys", "let everybody use it who reaches it, where --host lets others; default: VITCX_WITHOUT_KEYS")
    .addHelpText("after", "\nEnvironment variables configure the rest: see Configuration in the README.")
    .action(async ({ port, host, data, models, worker, withoutKeys }: ServeOptions) => {
      // The worker process inherits the environment.
      const given = { PORT: port, HOST: host, VITCX_DATA: data, VITCX_MODELS: modelFolders(models).join(":") };
      if (!worker) process.env["VITCX_NO_WORKER"] = "true";
      if (withoutKeys) process.env["VITCX_WITHOUT_KEYS"] = "true";
      for (const [name, value] of Object.entries(given)) if (value !== undefined) process.env[name] = value;
      await buildPage();
      await import("../functions/server.ts");
    });
}

/** What the page is built from; `web/dist` itself is left out. */
const sources = ["web", "lib/saliency-map", "lib/tensor", "models", "vite.config.ts", "package-lock.json"];

/** Builds the page where it is missing or older than its sources. Where it cannot be built the API works all the same. */
export async function buildPage(): Promise<void> {
  // The package has the page, and no sources of it.
  if (!existsSync(`${root}vite.config.ts`)) return;
  const built = statSync(`${root}web/dist/index.html`, { throwIfNoEntry: false });
  if (built && newest() < built.mtimeMs) return;
  console.log("Building the page …");
  try {
    const { build } = await import("vite");
    await build({ root: `${root}web`, configFile: `${root}vite.config.ts`, logLevel: "warn" });
  } catch (error) {
    console.error(`The page could not be built, so there is only the API: ${(error as Error).message}`);
  }
}

/** When the newest of the sources was changed. */
function newest(): number {
  const files = sources.flatMap((source) => {
    const path = `${root}${source}`;
    if (statSync(path).isFile()) return [path];
    const inside = readdirSync(path, { recursive: true, withFileTypes: true });
    return inside.filter((entry) => entry.isFile()).map(({ parentPath, name }) => `${parentPath}/${name}`);
  });
  const built = `${root}web/dist/`;
  return Math.max(...files.filter((file) => !file.startsWith(built)).map((file) => statSync(file).mtimeMs));
}
