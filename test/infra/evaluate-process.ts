// Evaluates sst.config.ts with SST's own components under Pulumi's mocks, and writes what would be created, as JSON, to the
// file named by the argument. No AWS account, no Pulumi, no network; needs .sst/platform (see docs/deploy.md).
import fs, { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire, syncBuiltinESMExports } from "node:module";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { ACCOUNT, look, provide, REGION } from "./providers.ts";

const [outFile = "", stage = "test", root = "."] = process.argv.slice(2);
const platform = resolve(".sst/platform");
const work = join(platform, ".evaluation");
const built = join(work, "function");
const pulumi = createRequire(join(platform, "package.json"))("@pulumi/pulumi");

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/** Bundles a module as SST does (pkg/js/js.go): its globals come as imports before each of the project's own files. */
async function load(contents: string, name: string, define: Record<string, string>, globals?: string): Promise<unknown> {
  // Several evaluations may be under way.
  const outfile = join(work, `${process.pid}-${name}`);
  await build({
    stdin: { contents, resolveDir: resolve(root), sourcefile: "evaluation.ts", loader: "ts" },
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    nodePaths: [join(platform, "node_modules")],
    external: ["@pulumi/*", "@pulumiverse/*", "@sst-provider/*", "@aws-sdk/*", "undici", "esbuild", "archiver", "glob", "vite"],
    define,
    inject: globals === undefined ? [] : [join(platform, "src/shim/run.js")],
    banner: {
      js: [
        `import { createRequire as makeRequire } from "module";`,
        `import { fileURLToPath as toPath } from "url";`,
        `const require = makeRequire(import.meta.url);`,
        `const __filename = toPath(import.meta.url);`,
        `const __dirname = toPath(new URL(".", import.meta.url));`,
      ].join("\n"),
    },
    logLevel: "error",
    plugins: [
      {
        name: "globals",
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, async ({ path }) => {
            if (globals === undefined || path.startsWith(platform) || path.includes("node_modules")) return undefined;
            return { contents: globals + (await readFile(path, "utf8")), loader: "ts" };
          });
        },
      },
    ],
  });
  const module = (await import(pathToFileURL(outfile).href)) as { default: unknown };
  rmSync(outfile);
  return module.default;
}

/** Stands in for the server of SST's command, which bundles functions and prepares the account. */
async function startCommandServer(calls: unknown[]): Promise<void> {
  const repository = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/sst-asset`;
  const answers: Record<string, unknown> = {
    "Runtime.Build": { handler: "bundle.handler", out: built, errors: [], sourcemaps: [] },
    "Provider.Aws.Bootstrap": { asset: "asset", assetEcrRegistryId: ACCOUNT, assetEcrUrl: repository, state: "state" },
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { method, params } = JSON.parse(body);
    calls.push({ method, params: params[0] });
    const result = answers[method];
    response.setHeader("connection", "close");
    response.end(JSON.stringify(result === undefined ? { error: `no answer to ${method}` } : { result }));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  server.unref();
  process.env["SST_SERVER"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function mock(resources: Registered[], appName: string): Promise<void> {
  return pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs: given, id: known }: Registered & { id?: string }) {
        const { id, inputs, state } = provide(type, name, given);
        resources.push({ type, name, inputs });
        return { id: known || id, state };
      },
      call: ({ token, inputs }: { token: string; inputs: object }) => look(token, inputs),
    },
    appName,
    stage,
    false,
    "organization",
  );
}

// The settings that the test has, in place of the file's.
const readFileReally = fs.readFileSync;
fs.readFileSync = ((path: string, ...rest: [BufferEncoding]) =>
  path === "stages.json" ? process.env["VITCX_TEST_STAGES"] : readFileReally(path, ...rest)) as typeof fs.readFileSync;
syncBuiltinESMExports();

mkdirSync(built, { recursive: true });
writeFileSync(join(built, "bundle.mjs"), "export const handler = async () => {};\n");
Object.assign(globalThis, { $config: (input: unknown) => input });
const config = JSON.stringify(resolve(root, "sst.config.ts"));
const { app: describeApp } = (await load(`export { default } from ${config};`, "app.mjs", { $app: "undefined" })) as any;
const app = { ...describeApp({ stage }), stage };

const calls: unknown[] = [];
const resources: Registered[] = [];
await startCommandServer(calls);
await mock(resources, app.name);
let failure: unknown;
process.on("unhandledRejection", (error) => (failure ??= error));
// The event loop is empty once every resource is registered and every apply() has run.
process.once("beforeExit", () => {
  if (failure) console.error(failure);
  process.exitCode = failure ? 1 : 0;
  writeFileSync(outFile, JSON.stringify({ app, resources, calls }));
});

const providers = JSON.parse(readFileSync(".sst/provider-lock.json", "utf8")) as { alias: string; package: string }[];
const globals = [
  ...providers.map(({ alias, package: name }) => `import * as ${alias} from "${name}";`),
  `import * as sst from "${platform}/src/components";\n`,
].join("");
const command = { command: "deploy", rpc: "", paths: { home: work, root: resolve("."), work: resolve(".sst"), platform } };
process.env["BUILDX_NO_DEFAULT_ATTESTATIONS"] ??= "1";
const program = `import { run } from "${platform}/src/auto/run.ts"; import config from ${config}; export default await run(config.run);`;
const define = { $app: JSON.stringify(app), $cli: JSON.stringify({ ...command, state: { version: {} } }), $dev: "false" };
await pulumi.runtime.runInPulumiStack(() => load(program, "run.mjs", define, globals));
