import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient, NetworkError } from "graphql-sse";
import { afterAll, expect, test } from "vitest";
import { example, openPlace } from "../service/place.ts";
import { startCuttingProxy } from "./cutting-proxy.ts";

const run = promisify(execFile);
const folder = new URL("../../docs/clients/", import.meta.url);
const key = "a-key-for-the-clients-1";
const place = await openPlace(afterAll);
const { client: service } = await place.startService({ VITCX_API_KEYS: `clients=${key}` });

/** How the programs of docs/clients are started; the page's, event-source.js, is tried in a browser. */
const interpreters: Readonly<Record<string, readonly string[]>> = {
  ts: [process.execPath, "--import", "tsx"],
  py: ["python3"],
  sh: ["bash"],
};
const programs = (await readdir(folder)).filter((name) => name !== "event-source.js");
const examples = ["crab", "cactus-pizza", "camera-cat", "hamburger", "key-octopus", "mushroom", "sunflower", "tropical_fish"];

test.each(programs.map((program, n) => [program, examples[n]!]))(
  "%s uploads, follows through two cut connections without a lost or repeated event, and reads the result",
  async (program, image) => {
    const proxy = await startCuttingProxy(service.origin, [1, 2]);
    const [command, ...args] = interpreters[program.slice(program.lastIndexOf(".") + 1)]!;
    const file = fileURLToPath(new URL(program, folder));
    const parameters = [...args, file, `${proxy.origin}/graphql`, fileURLToPath(example(`${image}.png`))];
    const { stdout } = await run(command!, parameters, { env: { ...process.env, VITCX_API_KEY: key }, timeout: 120_000 });
    await proxy.stop();

    const lines = stdout.trimEnd().split("\n");
    const [status, label, overlay] = lines.pop()!.split(" ");
    const events = lines.map((line) => line.split(" "));
    expect(events.map(([sequence]) => Number(sequence))).toEqual(events.map((_, n) => n + 1));
    expect(events[0]![1]).toBe("QueuedEvent");
    expect(events.at(-1)![1]).toBe("SucceededEvent");
    expect(proxy.cuts()).toBe(2);
    expect(status).toBe("SUCCEEDED");
    expect(label).toMatch(/^[a-z]/);
    // Signed, so that it needs no key; the proxy is gone by now.
    const { pathname, search } = new URL(overlay!);
    const picture = await fetch(new URL(pathname + search, service.origin));
    expect([picture.status, picture.headers.get("content-type")]).toEqual([200, "image/png"]);
  },
);

test("graphql-sse's single connection mode is refused with a sentence that says what to do instead", async () => {
  let answer = "";
  const sse = createClient({
    url: `${service.origin}/graphql`,
    singleConnection: true,
    headers: { "x-api-key": key },
    retryAttempts: 0,
    // The client gives up the answer before anybody else can read it.
    fetchFn: async (...request: Parameters<typeof fetch>) => {
      const response = await fetch(...request);
      answer = await response.clone().text();
      return response;
    },
  });
  const error: unknown = await sse
    .iterate({ query: "{ __typename }" })
    .next()
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NetworkError);
  expect((error as NetworkError<Response>).response?.status).toBe(405);
  expect(JSON.parse(answer)).toMatchObject({ errors: [{ message: expect.stringContaining("leave `singleConnection` out") }] });
});

test("each kind of client has its program", () => {
  expect(programs.toSorted()).toEqual([
    "apollo.ts",
    "curl.sh",
    "eventsource.ts",
    "graphql-request.ts",
    "graphql-sse.ts",
    "python.py",
    "urql.ts",
  ]);
});
