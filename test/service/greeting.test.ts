import { expect, test } from "vitest";
import { originOf } from "../../functions/http/greeting.ts";

test.each([
  ["127.0.0.1", "http://127.0.0.1:4000"],
  ["localhost", "http://localhost:4000"],
  ["::1", "http://[::1]:4000"],
])("A server on %s is found at %s", (host, origin) => {
  expect(originOf(host, 4000)).toBe(origin);
  expect(new URL(origin).origin).toBe(origin);
});
