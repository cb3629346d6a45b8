import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { createSchema, createYoga } from "graphql-yoga";
import { afterAll, beforeAll, expect, test } from "vitest";
import { page } from "../../functions/http/page.ts";

const schema = createSchema({ typeDefs: "type Query { a: Int }" });
let folder: string;
let fetch: (path: string, init?: RequestInit) => Promise<Response>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-page-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), "<!doctype html>");
  await writeFile(join(folder, "assets/main-1.js"), "1;");
  await writeFile(join(folder, "assets/a.png"), "a picture");
  await writeFile(join(folder, "secret.txt"), "secret");
  const yoga = createYoga({ schema, plugins: [page({ dist: pathToFileURL(`${folder}/`) })], landingPage: false, logging: false });
  fetch = async (path, init) => yoga.fetch(new Request(`http://127.0.0.1${path}`, init));
});
afterAll(() => rm(folder, { recursive: true }));

test.each(["/", "/explanations", "/explanations/0abc"])("%s is the page, and may run nothing but its own files", async (path) => {
  const response = await fetch(path);
  expect(await response.text()).toBe("<!doctype html>");
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(response.headers.get("cache-control")).toBe("no-cache");
  const policy = response.headers.get("content-security-policy")!;
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).not.toMatch(/unsafe|\*|http/);
});

test("a file named by its content is kept for good", async () => {
  const response = await fetch("/assets/main-1.js", { method: "HEAD" });
  expect(response.headers.get("cache-control")).toContain("immutable");
  expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(await response.text()).toBe("");
});

test.each(["/assets/none.js", "/assets/../secret.txt", "/assets/%2e%2e/secret.txt", "/assets/..%2fsecret.txt", "/secret.txt"])(
  "%s is not there",
  async (path) => {
    const response = await fetch(path);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain("secret");
  },
);

test("a browser that is led elsewhere is given the page, which says so, and nobody else is", async () => {
  const asBrowser = (path: string, init?: RequestInit) =>
    fetch(path, { ...init, headers: { accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8" } });
  const response = await asBrowser("/nowhere/at-all");
  expect(response.status).toBe(404);
  expect(await response.text()).toBe("<!doctype html>");
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(response.headers.get("cache-control")).toBe("no-cache");
  for (const path of ["/assets/none.js", "/files/none", "/uploads/none", "/assets"]) {
    const response = await asBrowser(path);
    expect([response.status, (await response.text()).includes("doctype")]).toEqual([404, false]);
  }
  expect(await (await asBrowser("/nowhere", { method: "POST" })).text()).not.toContain("doctype");
  expect(await (await fetch("/nowhere", { headers: { accept: "application/json" } })).text()).not.toContain("doctype");
});

test("where the page is not built, it says so", async () => {
  const yoga = createYoga({
    schema,
    plugins: [page({ dist: pathToFileURL(`${folder}/none/`) })],
    landingPage: false,
    logging: false,
  });
  const response = await yoga.fetch("http://127.0.0.1/");
  expect(response.status).toBe(404);
  expect(await response.text()).toContain("npm run web:build");
});

test("it may send large images to the bucket, and nothing to anybody else", async () => {
  const plugin = page({ dist: pathToFileURL(`${folder}/`), uploadOrigin: "https://bucket.s3.eu-central-1.amazonaws.com" });
  const yoga = createYoga({ schema, plugins: [plugin], landingPage: false, logging: false });
  const { headers } = await yoga.fetch("http://127.0.0.1/");
  const policy = headers.get("content-security-policy")!;
  expect(policy).toContain("; connect-src 'self' https://bucket.s3.eu-central-1.amazonaws.com; ");
  expect(policy.match(/https?:/g)).toHaveLength(1);
});

test("text travels packed to those who can unpack it, and pictures as they are", async () => {
  const script = await fetch("/assets/main-1.js", { headers: { "accept-encoding": "br, gzip" } });
  expect(script.headers.get("content-encoding")).toBe("gzip");
  const bytes = Buffer.from(await script.arrayBuffer());
  expect(script.headers.get("content-length")).toBe(String(bytes.length));
  expect(gunzipSync(bytes).toString()).toBe("1;");
  expect(script.headers.get("vary")).toBe("accept-encoding");
  expect((await fetch("/assets/main-1.js")).headers.get("content-encoding")).toBeNull();
  const picture = await fetch("/assets/a.png", { headers: { "accept-encoding": "gzip" } });
  expect([picture.headers.get("content-encoding"), picture.headers.get("vary")]).toEqual([null, null]);
});
