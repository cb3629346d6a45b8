import { readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** What the page is built from; `web/dist` itself is left out. */
const sources = ["web", "lib/saliency-map", "lib/tensor", "models", "vite.config.ts", "package-lock.json"];

/** Builds the page where it is missing or older than its sources. Where it cannot be built the API works all the same. */
export async function buildPage(): Promise<void> {
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
