import { expect, test } from "vitest";
import { s3Store } from "../../lib/storage/s3.ts";
import { useTestCredentials } from "../aws/buckets.ts";
import { serve } from "../aws/silent-server.ts";

useTestCredentials();
const open = (endpoint: string) => s3Store({ bucket: "b", endpoint, pathStyle: true, timeoutMs: 300 });

test("A server that accepts a request and never answers costs one timeout and a retry", async () => {
  const asked: (string | undefined)[] = [];
  const { origin } = await serve((_, { method }) => (asked.push(method) % 2 === 1 ? null : "there"));
  const store = open(origin);
  const begun = performance.now();
  expect(Buffer.from((await store.get("explanations/a/b"))!.bytes).toString()).toBe("there");
  expect(await store.put("explanations/a/b", new Uint8Array(3))).toBe("e");
  expect(asked).toEqual(["GET", "GET", "PUT", "PUT"]);
  expect(performance.now() - begun).toBeGreaterThan(590);
});

test("An answer that stops in the middle is not waited for", async () => {
  const { origin } = await serve(() => ["the beg"]);
  await expect(open(origin).get("explanations/a/b")).rejects.toThrow(/timed? ?out|socket|aborted/i);
});

test("A server that never answers at all is given up", async () => {
  let asked = 0;
  const { origin } = await serve(() => (asked++, null));
  await expect(open(origin).get("explanations/a/b")).rejects.toThrow(/time/i);
  expect(asked).toBe(3);
});
