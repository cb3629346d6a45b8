import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { resultFileNames } from "../../lib/explanation/results/summary.ts";
import { example, openPlace } from "../service/place.ts";

const photo = fileURLToPath(example("camera-cat.png"));

test.concurrent("explains a photo into a folder, and says what it sees", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const out = join(place.folder, "a", "b");
  const command = place.vitcx("explain", [photo, "--target", "cat", "--out", out]);
  expect(await command.ended).toBe(0);
  expect((await readdir(out)).toSorted()).toEqual(resultFileNames("VIT_CX").toSorted());
  expect(command.output()).toMatch(/explained: cat \(class 2\), seed 0\nmasks: \d+ of 192 embedding maps/);
  expect(command.errors()).toBe("");
});

test.concurrent("explains by another method, and measures the map", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const out = join(place.folder, "out");
  const metrics = ["--metrics", "sparseness,pointing-game,deletion", "--box", "0,0,224,224"];
  const command = place.vitcx("explain", [photo, "--method", "centre-gaussian", ...metrics, "--out", out]);
  expect(await command.ended).toBe(0);
  expect(command.errors()).toBe("");
  expect((await readdir(out)).toSorted()).toEqual(resultFileNames("CENTRE_GAUSSIAN", true).toSorted());
  const lines = ["masks: 0, [\\d.]+ s", " +0\\.\\d{3}  SPARSENESS", " +1\\.000  POINTING_GAME", " +0\\.\\d{3}  DELETION"];
  expect(command.output()).toMatch(new RegExp(lines.join("\n")));
});

test.concurrent("says how it is used", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const command = place.vitcx("explain", ["--help"]);
  expect(await command.ended).toBe(0);
  expect(command.output()).toContain("Usage: vitcx explain [options] <photo>");
});

test.concurrent.for([
  ["no photo", 2, [], /^Missing required argument 'photo'\. See vitcx explain --help\.\n$/],
  ["a photo that is not there", 1, ["no-such.png"], /^ENOENT: no such file or directory, open 'no-such\.png'\n$/],
  ["a file that is not an image", 1, [fileURLToPath(import.meta.url)], /^The file is in none of the image formats .+\.\n$/],
  ["an unknown model", 2, [photo, "--model", "emoj-vit"], /^There is no model "emoj-vit".+Did you mean "emoji-vit"\?\n$/],
  ["a seed that is not a number", 2, [photo, "--seed", "one"], /^Expected `seed` to be an integer .+, got NaN\.\n$/],
  ["a noise that a shell has left out", 2, [photo, "--noise-sd", ""], /^Expected --noise-sd to be a number, got nothing\.\n$/],
  ["two seeds", 2, [photo, "--method", "vit-cx:seed=5", "--seed", "7"], /^Expected --seed 7 or vit-cx:seed=5, got both\.\n$/],
  ["an unknown method", 2, [photo, "--method", "grad-cam"], /^There is no method "grad-cam"; there are VIT_CX, .+\.\n$/],
  [
    "a method without a seed",
    2,
    [photo, "--method", "occlusion", "--seed", "1"],
    /^The method OCCLUSION has no option `seed`.+\n$/,
  ],
  ["an unknown metric", 2, [photo, "--metrics", "deletion,lift"], /^There is no metric "lift"; there are deletion, .+\.\n$/],
  [
    "a box that is cut short",
    2,
    [photo, "--metrics", "energy-inside", "--box", "1,2,3"],
    /^Expected `metrics\.boxes\.0\.bottom` to be a number.+\n$/,
  ],
  [
    "an unknown option",
    2,
    [photo, "--sed", "1"],
    /^Unknown option '--sed'\. Did you mean --seed\? See vitcx explain --help\.\n$/,
  ],
] as const)("%s is a sentence, and leaves nothing", async ([, exitCode, args, sentence], { onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const out = join(place.folder, "out");
  const command = place.vitcx("explain", [...args, "--out", out]);
  expect(await command.ended).toBe(exitCode);
  expect(command.errors()).toMatch(sentence);
  expect(command.output()).toBe("");
  await expect(access(out)).rejects.toThrow("ENOENT");
});
