import { cp, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Failure, Row } from "../../lib/evaluation/row.ts";
import { sharp } from "../../lib/image/sharp.ts";
import { example, openPlace, type Place } from "./place.ts";

const metrics = ["--metrics", "deletion:steps=4:canvas=black,pointing-game,sparseness"];
const methods = ["--methods", "vit-cx:masks=random,centre-gaussian,random:seed=3"];

/** A folder of two images, of which one has two objects. */
async function imagesIn({ folder }: Place): Promise<string> {
  const images = join(folder, "images");
  await mkdir(images);
  for (const name of ["key-octopus.png", "crab.png"]) await cp(example(name), join(images, name));
  const boxes = JSON.parse(await readFile(example("boxes.json"), "utf8")) as Record<string, unknown>;
  await writeFile(join(folder, "boxes.json"), JSON.stringify({ "key-octopus.png": boxes["key-octopus.png"] }));
  return images;
}

async function linesOf(out: string): Promise<(Row & Failure)[]> {
  const text = await readFile(join(out, "rows.ndjson"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Row & Failure);
}

const questionsOf = (lines: readonly Row[]) => lines.map(({ subject, method }) => `${subject} ${method}`).toSorted();

const all = ["crab.png", "key-octopus.png#key", "key-octopus.png#octopus"].flatMap((subject) =>
  ["centre-gaussian", "random:seed=3", "vit-cx:masks=random"].map((method) => `${subject} ${method}`),
);

test.concurrent("An evaluation that was killed goes on where it was", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const images = await imagesIn(place);
  const out = join(place.folder, "out");
  const args = ["--images", images, "--boxes", join(place.folder, "boxes.json"), ...methods, ...metrics, "--out", out];

  const few = place.start("evaluate.ts", [...args, "--limit", "1"]);
  expect(await few.ended).toBe(0);
  const before = await linesOf(out);
  expect(questionsOf(before)).toEqual(all.slice(0, 3));
  // What a kill in the middle of writing leaves.
  await writeFile(join(out, "rows.ndjson"), JSON.stringify(before[0]).slice(0, 50), { flag: "a" });

  const rest = place.start("evaluate.ts", args);
  expect(await rest.ended).toBe(0);
  const lines = await linesOf(out);
  expect(questionsOf(lines)).toEqual(all);
  expect(lines.slice(0, 3)).toEqual(before);
  // The pointing game needs boxes.
  expect(lines[0].measured.map(({ metric }) => metric)).toEqual(["SPARSENESS", "DELETION"]);
  expect(lines[8].measured.map(({ metric }) => metric)).toEqual(["SPARSENESS", "POINTING_GAME", "DELETION"]);

  const files = ["metrics.json", "pictures", "report.html", "results.csv", "results.json", "results.md", "rows.ndjson"];
  expect((await readdir(out)).toSorted()).toEqual(files);
  expect(await readFile(join(out, "results.md"), "utf8")).toBe(rest.output().slice(0, -1));
  // A picture of each map and image, and nothing that is anywhere else.
  const report = await readFile(join(out, "report.html"), "utf8");
  expect(report.match(/src="data:image\/jpeg;base64,/g)).toHaveLength(9 + 3);
  expect(report).not.toMatch(/(?:src|href)="(?!data:|#)/);

  const other = place.start("evaluate.ts", [...args, "--metrics", "sparseness"]);
  expect(await other.ended).toBe(1);
  expect(other.errors()).toMatch(/holds an evaluation with other metrics .+; choose another --out\.\n$/);
});

test.concurrent("A running service answers as this process does", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const images = await imagesIn(place);
  await writeFile(join(images, "broken.png"), (await readFile(example("crab.png"))).subarray(0, 4000));
  const noise = { type: "gaussian", mean: 128, sigma: 80 } as const;
  await sharp({ create: { width: 1400, height: 1400, channels: 3, background: "grey", noise } })
    .png()
    .toFile(join(images, "large.png"));
  // More than a request takes: it travels by itself.
  expect((await stat(join(images, "large.png"))).size).toBeGreaterThan(4_000_000);
  const two = ["--methods", "vit-cx:masks=random,random:seed=3"];
  const args = ["--images", images, "--boxes", join(place.folder, "boxes.json"), ...two, ...metrics];
  const { client } = await place.startService();
  const there = place.start("evaluate.ts", [
    ...args,
    "--submit",
    `${client.origin}/graphql`,
    "--out",
    join(place.folder, "there"),
  ]);
  const here = place.start("evaluate.ts", [...args, "--out", join(place.folder, "here")]);
  expect([await there.ended, await here.ended]).toEqual([0, 0]);
  const [answers, expected] = [await linesOf(join(place.folder, "there")), await linesOf(join(place.folder, "here"))];
  const comparable = (lines: readonly (Row & Failure)[]) =>
    lines
      .map((line) => ({ ...line, seconds: 0 }))
      .toSorted((a, b) => `${a.subject} ${a.method}`.localeCompare(`${b.subject} ${b.method}`));
  expect(comparable(answers)).toEqual(comparable(expected));
  const failures = answers.filter(({ error }) => error);
  expect(failures.map(({ subject, error }) => [subject, error.code])).toEqual(
    Array.from({ length: 2 }, () => ["broken.png", "IMAGE_UNREADABLE"]),
  );
});

test.concurrent.for([
  ["no images", [], /^Expected one of --images and --voc\.\n$/],
  ["a folder that is not there", ["--images", "no-such"], /^ENOENT: no such file or directory, scandir 'no-such'\n$/],
  ["an unknown method", ["--images", ".", "--methods", "rice"], /^There is no method "rice"; there are .+\n$/],
  ["an unknown model", ["--images", "web", "--models", "resnet"], /^There is no model "resnet"; there are emoji-vit\.\n$/],
  ["a limit of nothing", ["--images", ".", "--limit", "0"], /^Expected --limit to be an integer, at least 1, got 0\.\n$/],
  [
    "a service that is not there",
    ["--images", "web", "--submit", "http://127.0.0.1:1/graphql"],
    /^http.+ cannot be reached\.\n$/,
  ],
] as const)("refuses %s in a sentence", async ([, args, message], { onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const command = place.start("evaluate.ts", [...args, "--out", join(place.folder, "out")]);
  expect(await command.ended).toBe(1);
  expect(command.errors()).toMatch(message);
});
