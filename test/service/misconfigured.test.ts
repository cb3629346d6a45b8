import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { openPlace } from "./place.ts";

test.concurrent("a port in use is one sentence", async ({ onTestFinished }) => {
  const taken = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void taken.close());
  await once(taken, "listening");
  const PORT = String((taken.address() as AddressInfo).port);
  const place = await openPlace(onTestFinished);
  const server = place.start("functions/server.ts", [], { PORT });
  expect(await server.ended).toBe(1);
  expect(server.errors()).toBe(`Port ${PORT} is in use; set PORT to another one.\n`);
  expect(server.output()).toBe("");
});

test.concurrent.for([
  ["VITCX_LEASE_SECONDS", "-1", /^The environment variable VITCX_LEASE_SECONDS cannot be used: .+\.\n$/],
  ["VITCX_API_KEYS", "", /^The environment variable VITCX_API_KEYS cannot be used: expected at least one owner=key\.\n$/],
  ["VITCX_API_KEYS", "ann=short", /^The environment variable VITCX_API_KEYS cannot be used: .+ at least 16 characters long\.\n$/],
  ["VITCX_MODELS", "/no/such/folder", /^The models folder "\/no\/such\/folder" cannot be read\.\n$/],
] as const)("%s=%s is one sentence", async ([name, value, sentence], { onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const server = place.start("functions/server.ts", [], { [name]: value });
  expect(await server.ended).toBeGreaterThan(0);
  expect(server.errors()).toMatch(sentence);
  expect(server.output()).toBe("");
});

test.concurrent.for(["0.0.0.0", "::", "192.0.2.1", ""])(
  "HOST=%s without keys is refused, and says what to do",
  async (HOST, { onTestFinished }) => {
    const place = await openPlace(onTestFinished);
    const server = place.start("functions/server.ts", [], { HOST });
    expect(await server.ended).toBe(2);
    expect(server.errors()).toMatch(
      /^Others than this machine .+ VITCX_API_KEYS .+ VITCX_WITHOUT_KEYS=true, or --without-keys\.\n$/,
    );
    expect(server.output()).toBe("");
  },
);

test.concurrent.for([
  ["with keys", [], { VITCX_API_KEYS: "ann=a-key-of-ann-s-own" }],
  ["with keys in the store", [], { VITCX_KEYS: "store" }],
  ["where nobody needs one", ["--without-keys"], {}],
  ["where the environment says so", [], { VITCX_WITHOUT_KEYS: "true" }],
] as const)("HOST=0.0.0.0 is taken %s", async ([, args, env], { onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const server = place.vitcx("serve", ["--host", "0.0.0.0", "--no-worker", ...args], env);
  await server.printed(/listens on http:\/\/0\.0\.0\.0:\d+/);
  server.kill("SIGTERM");
  expect(await server.ended).toBe(0);
});
