import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { example, openPlace } from "../service/place.ts";

const same = { spearman: 1, ssim: 1, hog: 1 };
const images = dirname(fileURLToPath(example("camera-cat.png")));

test("leaves rows and tables in a folder, and shows the table", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const out = join(place.folder, "out");
  const methods = "centre-gaussian,random";
  const command = place.vitcx("sanity-check", ["--images", images, "--limit", "2", "--methods", methods, "--out", out]);
  expect(await command.ended).toBe(0);
  expect(command.errors()).toBe("");
  const read = (name: string) => readFile(join(out, name), "utf8");
  const rows = (await read("sanity-check.ndjson")).trimEnd().split("\n");
  // Two methods, eight stages, two images.
  expect(rows).toHaveLength(32);
  expect(rows.map((row) => JSON.parse(row).similarity)).toEqual(rows.map(() => same));
  expect(command.output().trim()).toBe((await read("sanity-check.md")).trim());
  expect(command.output()).toMatch(/Centre Gaussian \| +block 6 \| +2 \| +1\.000 \|/);
  expect((await read("sanity-check.csv")).split("\r\n")).toHaveLength(1 + 16 + 1);
});

test("goes on after a kill, with more seeds, without the images that are broken", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const [folder, out] = [join(place.folder, "images"), join(place.folder, "out")];
  await mkdir(folder);
  await copyFile(example("crab.png"), join(folder, "crab.png"));
  await writeFile(join(folder, "labels.csv"), "file,label\ncrab.png,key\n");
  const args = ["--images", folder, "--methods", "centre-gaussian", "--labels", join(folder, "labels.csv"), "--out", out];
  const first = place.vitcx("sanity-check", args);
  expect(await first.ended).toBe(0);
  const linesOf = async () => (await readFile(join(out, "sanity-check.ndjson"), "utf8")).split("\n");
  const before = await linesOf();
  expect(before.slice(0, -1).map((line) => JSON.parse(line).target.label)).toEqual(Array(8).fill("key"));

  // What a kill leaves, and an image that is cut short.
  await writeFile(join(out, "sanity-check.ndjson"), [...before.slice(0, 6), before[6]!.slice(0, 20)].join("\n"));
  await writeFile(join(folder, "broken.png"), (await readFile(example("crab.png"))).subarray(0, 4000));
  const second = place.vitcx("sanity-check", [...args, "--seeds", "2"]);
  expect(await second.ended).toBe(0);
  const lines = await linesOf();
  expect(lines.slice(0, 6)).toEqual(before.slice(0, 6));
  expect(lines.slice(0, -1).map((line) => JSON.parse(line).seed)).toEqual([...Array(8).fill(0), ...Array(8).fill(1)]);
  expect(second.output()).toMatch(/Centre Gaussian \| +block 6 \| +2 \| +1\.000 ± 0\.000 \|/);
  expect(second.output()).toContain("- broken.png, emoji-vit, The PNG image");
});

test.concurrent.for([
  ["no images", [], /^Required option '--images <folder>' not specified\./],
  ["a limit of none", ["--images", images, "--limit", "0"], /^Expected --limit to be an integer, at least 1, got 0\./],
  [
    "a seed that is none",
    ["--images", images, "--seed", "1.5"],
    /^Expected --seed to be an integer from 0 to 2147483647, got 1\.5\./,
  ],
  ["no seeds", ["--images", images, "--seeds", "0"], /^Expected --seeds to be an integer from 1 to 100, got 0\./],
  ["a model that there is not", ["--images", images, "--models", "nosuch"], /^There is no model "nosuch"/],
  ["a method that there is not", ["--images", images, "--methods", "lime"], /^There is no method "lime"/],
] as const)("refuses %s in a sentence", async ([, args, sentence], { onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const command = place.vitcx("sanity-check", args);
  expect(await command.ended).toBe(2);
  expect(command.errors()).toMatch(sentence);
});
