import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPage } from "../cli/serve.ts";

/**
 * `npm run package`: builds dist/package, which is what npm publishes, and packs it into dist/vitcx-<version>.tgz. Node strips no types
 * under node_modules, so the package holds JavaScript, in the folders of the sources: paths between files are the same in both. It holds
 * the page and the default model as well, and works without a network.
 */
const root = fileURLToPath(new URL("../", import.meta.url));
const built = join(root, "dist/package");

rmSync(join(root, "dist"), { recursive: true, force: true });
await buildPage();
const compile = (project: string) =>
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", join(root, "package", project)], {
    stdio: "inherit",
  });
compile("tsconfig.json");
compile("tsconfig.types.json");
// The compiler rewrites the imports of what it compiles, and not those of declarations.
for (const name of readdirSync(built, { recursive: true, encoding: "utf8" }).filter((each) => each.endsWith(".d.ts"))) {
  const file = join(built, name);
  writeFileSync(file, readFileSync(file, "utf8").replaceAll(/(["'])(\.{1,2}\/[^"']+)\.ts\1/g, "$1$2.js$1"));
}

/** What is read at run time beside the code. */
const copied = [
  "LICENSE",
  "README.md",
  "lib/evaluation/report/report.css",
  ...["README.md", "labels.json", "manifest.json", "model.onnx", "examples/camera-cat.png"].map(
    (name) => `models/emoji-vit/${name}`,
  ),
  "web/dist",
];
chmodSync(join(built, "cli/vitcx.js"), 0o755);
for (const name of copied) cpSync(join(root, name), join(built, name), { recursive: true });
writeFileSync(join(built, "package.json"), `${JSON.stringify(packageJson(), null, 2)}\n`);

const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", dirname(built)], { cwd: built, encoding: "utf8" });
const [{ filename, entryCount, unpackedSize }] = JSON.parse(packed) as [
  { filename: string; entryCount: number; unpackedSize: number },
];
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
const { size } = statSync(join(dirname(built), filename));
console.log(`dist/${filename}: ${megabytes(size)}, ${entryCount} files, ${megabytes(unpackedSize)} unpacked`);

/** That of the checkout, without what is for its developers. */
function packageJson(): object {
  const {
    private: _,
    scripts: __,
    devDependencies: ___,
    overrides: ____,
    dependencies,
    ...kept
  } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, object>;
  const { tsx: _____, ...needed } = dependencies as Record<string, string>;
  return {
    ...kept,
    bin: { vitcx: "cli/vitcx.js" },
    exports: { ".": { types: "./lib/vitcx.d.ts", default: "./lib/vitcx.js" }, "./package.json": "./package.json" },
    files: ["cli", "functions", "lib", "models", "schema", "web"],
    dependencies: needed,
  };
}
