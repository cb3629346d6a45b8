import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Somebody's own folder, with the package installed from its tarball. */
const folder = mkdtempSync(join(tmpdir(), "vitcx-package-"));
const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: folder, encoding: "utf8" });

beforeAll(() => {
  execFileSync("npm", ["run", "package"], { cwd: root, stdio: "pipe" });
  const tarball = readdirSync(join(root, "dist")).find((name) => name.endsWith(".tgz"))!;
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  run("npm", "install", "--prefer-offline", "--no-audit", "--no-fund", join(root, "dist", tarball));
  copyFileSync(join(root, "models/emoji-vit/examples/key-octopus.png"), join(folder, "photo.png"));
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true }), 120_000);

test("The command explains a photo, with the model that comes with it", () => {
  expect(run("npx", "vitcx", "explain", "photo.png", "--method", "occlusion")).toMatch(/emoji-vit sees:\n +49\.5 % {2}key/);
  expect(readdirSync(join(folder, "explanation"))).toContain("overlay.png");
  expect(run("npx", "vitcx", "models", "verify", "emoji-vit")).toContain("passed  the probe against the model itself");
});

test("The server has the page, and a worker that explains", async ({ onTestFinished }) => {
  const server = spawn("node_modules/.bin/vitcx", ["serve", "--port", "0", "--data", "data"], { cwd: folder });
  onTestFinished(() => void server.kill("SIGTERM"));
  let origin = "";
  for await (const line of createInterface(server.stdout)) {
    origin = /listens on (\S+)/.exec(line)?.[1] ?? "";
    if (origin !== "") break;
  }
  const page = await (await fetch(origin)).text();
  const [, script] = /<script [^>]*src="([^"]+)"/.exec(page)!;
  expect((await fetch(new URL(script!, origin))).status).toBe(200);

  const body = new FormData();
  const query = "mutation ($image: Upload) { explainImage(input: { image: $image }) { id } }";
  body.set("operations", JSON.stringify({ query, variables: { image: null } }));
  body.set("map", JSON.stringify({ image: ["variables.image"] }));
  body.set("image", new Blob([readFileSync(join(folder, "photo.png"))]), "photo.png");
  const headers = { "x-graphql-yoga-csrf": "1" };
  const sent = await fetch(`${origin}/graphql`, { method: "POST", headers, body });
  const { data } = (await sent.json()) as { data: { explainImage: { id: string } } };
  const subscription = `subscription { explanationProgress(id: "${data.explainImage.id}") { __typename } }`;
  const events = await fetch(`${origin}/graphql`, {
    method: "POST",
    headers: { accept: "text/event-stream", "content-type": "application/json" },
    body: JSON.stringify({ query: subscription }),
  });
  expect(await events.text()).toContain("SucceededEvent");
  server.kill("SIGTERM");
  expect(await once(server, "exit")).toEqual([0, null]);
});

test("The README's example of the library runs, and is strict TypeScript", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, example] = /### As a library\n.*?```js\n(.*?)```/s.exec(readme)!;
  expect(example!.trimEnd().split("\n").length).toBeLessThanOrEqual(10);
  writeFileSync(join(folder, "example.js"), example!);
  writeFileSync(join(folder, "example.ts"), example!);
  expect(run(process.execPath, "example.js")).toMatch(/^octopus: 46\.1 %, a map of 224 x 224\nSPARSENESS 0\.\d{3}\n$/);
  expect(readFileSync(join(folder, "overlay.png")).subarray(1, 4).toString()).toBe("PNG");

  run("npm", "install", "--prefer-offline", "--no-audit", "--no-fund", "@types/node@20");
  const strict = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--skipLibCheck", "false"];
  const options = ["--noEmit", "--target", "es2022", "--module", "nodenext", "--types", "node", ...strict];
  run(process.execPath, join(root, "node_modules/typescript/bin/tsc"), ...options, "example.ts");
  const wrong = example!.replace("openModel()", "openModel(7)");
  writeFileSync(join(folder, "example.ts"), wrong);
  expect(() => run(process.execPath, join(root, "node_modules/typescript/bin/tsc"), ...options, "example.ts")).toThrow();
}, 300_000);
