import { spawnSync } from "node:child_process";
import { access, copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import { expect, test } from "vitest";
import { readPascalVoc } from "../../lib/evaluation/dataset/pascal-voc.ts";
import { sharp } from "../../lib/image/sharp.ts";
import { localise } from "../../lib/metrics/localisation.ts";
import { decodeNpy } from "../../lib/tensor/npy.ts";
import { resultFileNames } from "../../lib/explanation/results/summary.ts";
import { example, openPlace } from "../service/place.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
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

test.concurrent("explains files, globs and folders, a line of JSON each, also where one cannot be", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  const images = join(place.folder, "images");
  await mkdir(join(images, "sub"), { recursive: true });
  for (const name of ["crab.png", "sub/crab.png", "sub/cat.png"]) await copyFile(photo, join(images, name));
  await writeFile(join(images, "broken.png"), "none");
  const named = [join(images, "broken.png"), `${images}/c*.png`, images];
  const options = [
    "--method",
    "centre-gaussian",
    "--json",
    "--grey",
    "--npz",
    "--boxes-out",
    "voc",
    "--out",
    join(place.folder, "out"),
  ];
  const command = place.vitcx("explain", [...named, ...options]);
  expect(await command.ended).toBe(1);
  expect(command.errors()).toMatch(/^.+broken\.png: The file is in none of .+\n1 of 4 images could not be explained\.\n$/);
  const lines = command.output().trimEnd().split("\n");
  const results = lines.map((line) => JSON.parse(line) as { image: string; folder: string; files: string[]; box: number[] });
  expect(results[0]).toMatchObject({ image: named[0], error: { code: "IMAGE_FORMAT_UNSUPPORTED" } });
  expect(results.slice(1).map(({ image, folder }) => [image, folder].map((path) => relative(place.folder, path)))).toEqual([
    ["images/crab.png", "out/crab"],
    ["images/sub/cat.png", "out/sub/cat"],
    ["images/sub/crab.png", "out/sub/crab"],
  ]);
  const { folder, files, box } = results[1]!;
  expect((await readdir(folder)).toSorted()).toEqual(files.toSorted());

  const map = decodeNpy(await readFile(join(folder, "saliency-map.npy")));
  const grey = async (bits: number) => sharp(await readFile(join(folder, `saliency-map-${bits}.png`)));
  expect(await (await grey(8)).metadata()).toMatchObject({ space: "b-w", bitsPerSample: 8 });
  const fine = await (await grey(16)).toColourspace("grey16").raw({ depth: "ushort" }).toBuffer();
  const values = new Uint16Array(fine.buffer, fine.byteOffset, fine.byteLength / 2);
  expect([...values]).toEqual(Array.from(map.data, (value) => Math.round(65_535 * value)));

  const bundle = unzipSync(await readFile(join(folder, "explanation.npz")));
  for (const name of Object.keys(bundle)) expect(Buffer.from(bundle[name]!)).toEqual(await readFile(join(folder, name)));
  expect(Object.keys(bundle)).toEqual(["saliency-map.npy", "scores.npy", "probabilities.npy", "explanation.json"]);

  const { subjects } = await readPascalVoc({ folder: join(place.folder, "out"), images });
  const [left, top, right, bottom] = box;
  expect(subjects.find(({ name }) => name === "crab.png")).toMatchObject({
    target: "cat",
    boxes: [{ left, top, right, bottom }],
  });
});

test.concurrent("reads standard input, and writes boxes for COCO and a table", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const out = join(place.folder, "out");
  const options = ["--method", "random", "--metrics", "sparseness", "--csv", "--boxes-out", "coco", "--box-threshold", "0.9"];
  const vitcx = `'${process.execPath}' --import tsx cli/vitcx.ts explain`;
  const shell = `cat '${photo}' | ${vitcx} - ${options.join(" ")} --out '${out}'`;
  const { status, stdout, stderr } = spawnSync("sh", ["-c", shell], { encoding: "utf8", cwd: root });
  expect([status, stderr]).toEqual([0, ""]);
  const [head, row, end] = stdout.split("\r\n");
  expect(head).toBe("image,model,method,class,label,probability,masks,seconds,SPARSENESS,folder,error");
  expect(row).toMatch(new RegExp(`^-,emoji-vit,RANDOM,2,cat,0\\.\\d+,0,[\\d.]+,0\\.\\d+,${out},$`));
  expect(end).toBe("");
  const coco = JSON.parse(await readFile(join(out, "boxes.json"), "utf8")) as { annotations: { bbox: number[] }[] };
  expect(coco).toMatchObject({
    images: [{ id: 1, file_name: "-", width: 224, height: 224 }],
    annotations: [{ id: 1, image_id: 1, category_id: 2, iscrowd: 0 }],
    categories: [{ id: 2, name: "cat" }],
  });
  const map = decodeNpy(await readFile(join(out, "saliency-map.npy")));
  const { left, top, right, bottom } = localise(map, [], 0.9).box!;
  expect(coco.annotations[0]!.bbox).toEqual([left, top, right - left, bottom - top]);
});

test.concurrent("ends without a word where nobody reads on", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const images = dirname(photo);
  const vitcx = `'${process.execPath}' --import tsx cli/vitcx.ts explain '${images}' --method centre-gaussian --json`;
  const shell = `{ ${vitcx} --out '${place.folder}/out'; echo "ended with $?" >&2; } | head -n 1`;
  const { stdout, stderr } = spawnSync("sh", ["-c", shell], { encoding: "utf8", cwd: root });
  expect(JSON.parse(stdout)).toMatchObject({ method: "CENTRE_GAUSSIAN" });
  expect(stdout.split("\n")).toHaveLength(2);
  expect(stderr).toBe("ended with 0\n");
  // The rest was not explained for nobody.
  const inFolder = await readdir(images);
  expect((await readdir(join(place.folder, "out"))).length).toBeLessThan(inFolder.filter((name) => name.endsWith(".png")).length);
});

test.concurrent("says how it is used", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const command = place.vitcx("explain", ["--help"]);
  expect(await command.ended).toBe(0);
  expect(command.output()).toContain("Usage: vitcx explain [options] <photos...>");
});

test.concurrent.for([
  ["no photo", 2, [], /^Missing required argument 'photos'\. See vitcx explain --help\.\n$/],
  ["a photo that is not there", 1, ["no-such.png"], /^ENOENT: no such file or directory, open 'no-such\.png'\n$/],
  ["a file that is not an image", 1, [fileURLToPath(import.meta.url)], /^The file is in none of the image formats .+\.\n$/],
  ["an unknown model", 2, [photo, "--model", "emoj-vit"], /^There is no model "emoj-vit".+Did you mean "emoji-vit"\?\n$/],
  ["a seed that is not a number", 2, [photo, "--seed", "one"], /^Expected `seed` to be an integer .+, got one\.\n$/],
  [
    "a noise that a shell has left out",
    2,
    [photo, "--noise-sd", ""],
    /^Expected --noise-sd to be a number from 0 to 10, got nothing\.\n$/,
  ],
  ["two seeds", 2, [photo, "--method", "vit-cx:seed=5", "--seed", "7"], /^Expected --seed 7 or vit-cx:seed=5, got both\.\n$/],
  ["an unknown method", 2, [photo, "--method", "lime"], /^There is no method "lime"; there are VIT_CX, .+\.\n$/],
  [
    "a method without a seed",
    2,
    [photo, "--method", "occlusion", "--seed", "1"],
    /^The method OCCLUSION has no option `seed`.+\n$/,
  ],
  [
    "an option of another method",
    2,
    [photo, "--num-masks", "5"],
    /^The method VIT_CX has no option `numMasks`; it has `delta`, .+\n$/,
  ],
  ["an option of a former name", 2, [photo, "--method", "rise", "--count", "5"], /^Unknown option '--count'.+\n$/],
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
    [photo, "--seeds", "1"],
    /^Unknown option '--seeds'\. Did you mean --seed\? See vitcx explain --help\.\n$/,
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
