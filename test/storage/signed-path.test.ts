import fc from "fast-check";
import { expect, test } from "vitest";
import { pathSigner } from "../../lib/storage/signed-path.ts";
import { later } from "../explanation/workshop.ts";
import { first } from "../first.ts";

const urlOf = (path: string) => new URL(path, "http://localhost");
const now = () => Math.floor(Date.now() / 1000);

test("A signed path is good for its method until it expires, for all who know the secret", () => {
  later(0);
  const [one, same, other] = first(
    3,
    [[1], [1], [2]].map((secret) => pathSigner(() => Uint8Array.from(secret))),
  );
  const url = urlOf(one.sign("PUT", "/uploads/ann/1", now() + 60, { bytes: "3" }));
  expect(url.searchParams.get("bytes")).toBe("3");
  expect([one, same, other].map((signer) => signer.secondsLeft("PUT", url))).toEqual([60, 60, 0]);
  expect(one.secondsLeft("GET", url)).toBe(0);
  later(59_000);
  expect(one.secondsLeft("PUT", url)).toBe(1);
  later(1000);
  expect(one.secondsLeft("PUT", url)).toBe(0);
});

test("Whoever changes a character of it, leaves one out or puts one in has nothing", () => {
  const signer = pathSigner();
  const path = signer.sign("GET", "/files/explanations/0a1b/overlay.png", now() + 3600);
  const character = fc.constantFrom(..."/?&=.-_%+aZ09");
  fc.assert(
    fc.property(fc.nat(path.length - 2), fc.constantFrom("change", "remove", "insert"), character, (at, kind, put) => {
      const [before, after] = [path.slice(0, at + 1), path.slice(at + (kind === "insert" ? 1 : 2))];
      const changed = urlOf(before + (kind === "remove" ? "" : put) + after);
      fc.pre(changed.pathname + changed.search !== path);
      expect(signer.secondsLeft("GET", changed)).toBe(0);
    }),
    { numRuns: 1000 },
  );
  expect(signer.secondsLeft("GET", urlOf(path))).toBeGreaterThan(3590);
});
