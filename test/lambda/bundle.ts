import { mkdir, mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { build, type BuildOptions, type Metafile } from "esbuild";

export interface Bundle {
  readonly folder: string;
  /** The module. */
  readonly file: string;
  readonly metafile: Metafile;
  readonly bytes: number;
}

/** SST keeps these packages out of the bundle and installs them beside it, for the architecture of the function. */
export const besideApi = ["sharp", "@graphql-yoga/render-graphiql"];

/** These SST keeps out of every bundle. */
const besideAll = ["sharp", "pg-native"];

/**
 * Bundles an entry point into a temporary folder, with the options of SST 4.17 (pkg/runtime/node/build.go) for a function in
 * Node.js 24 whose bundle is to be small; what SST would install beside the bundle is linked there. Also good for other entry points;
 * their `threads` are bundled beside them.
 * SST has an esbuild of its own in it, 0.27.2.
 */
export async function bundle(
  entry: string,
  installed: readonly string[] = besideApi,
  threads: readonly string[] = [],
): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), "vitcx-bundle-"));
  // Under node_modules vitest imports it as it is.
  const file = join(folder, "node_modules/bundle/bundle.mjs");
  for (const thread of threads) {
    await build({ ...options(installed), entryPoints: [thread], outfile: join(dirname(file), `${basename(thread, ".ts")}.mjs`) });
  }
  const { metafile } = await build({ ...options(installed), entryPoints: [entry], outfile: file, metafile: true });
  for (const name of installed) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(resolve("node_modules", name), link);
  }
  // The map is not deployed.
  const outputs = Object.fromEntries(Object.entries(metafile.outputs).filter(([name]) => !name.endsWith(".map")));
  const { bytes } = Object.values(outputs)[0]!;
  return { folder, file, metafile: { ...metafile, outputs }, bytes };
}

function options(installed: readonly string[]) {
  return {
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2024",
    mainFields: ["module", "main"],
    keepNames: true,
    minify: true,
    sourcemap: "linked",
    external: [...besideAll, ...installed],
    banner: {
      js: [
        `import { createRequire as topLevelCreateRequire } from 'module';`,
        `const require = topLevelCreateRequire(import.meta.url);`,
        `import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"`,
        `const __filename = topLevelFileUrlToPath(import.meta.url)`,
        `const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))`,
        "",
      ].join("\n"),
    },
    logLevel: "error",
  } satisfies BuildOptions;
}
