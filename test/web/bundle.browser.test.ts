import { readdir, readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const assets = new URL("../../web/dist/assets/", import.meta.url);

/** Bytes of the built page's files of these kinds, as they travel. */
async function weight(kinds: RegExp): Promise<number> {
  const names = (await readdir(assets)).filter((name) => kinds.test(name));
  expect(names).not.toEqual([]);
  const files = await Promise.all(names.map((name) => readFile(new URL(name, assets))));
  return files.reduce((sum, file, i) => sum + (names[i]!.endsWith(".webp") ? file : gzipSync(file)).length, 0);
}

test("the page's scripts and styles weigh less than 150 kB, packed", async () => {
  expect(await weight(/\.(js|css)$/)).toBeLessThan(150_000);
});

test("every example has a preview, and all of them weigh less than 50 kB", async () => {
  expect(await weight(/\.webp$/)).toBeLessThan(50_000);
  const names = await readdir(assets);
  const of = (kind: string) =>
    names.filter((name) => name.endsWith(kind)).map((name) => name.slice(0, -"-12345678.".length - kind.length));
  expect(of("webp")).toEqual(of("png"));
});
