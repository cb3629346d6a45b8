import { cp, mkdir, readdir, readFile, rm, stat, watch, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Results } from "../../lib/evaluation/report/results.ts";
import type { Failure, Row } from "../../lib/evaluation/row.ts";
import { sharp } from "../../lib/image/sharp.ts";
import { example, openPlace, type Place } from "../service/place.ts";

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
  // One that is being written, or was when its process was killed, is none yet.
  const whole = text.split("\n").slice(0, -1);
  return whole.map((line) => JSON.parse(line) as Row & Failure);
}

async function resultsOf(out: string): Promise<Results> {
  return JSON.parse(await readFile(join(out, "results.json"), "utf8")) as Results;
}

/** Resolves once a process that writes into a folder has written so many lines. */
async function written(out: string, count: number): Promise<void> {
  await mkdir(out, { recursive: true });
  const changes = watch(out);
  for (;;) {
    const lines = await linesOf(out).catch(() => []);
    if (lines.length >= count) return void (await changes[Symbol.asyncIterator]().return?.());
    await changes[Symbol.asyncIterator]().next();
  }
}

const questionsOf = (lines: readonly Row[]) => lines.map(({ subject, method }) => `${subject} ${method}`).toSorted();

const all = ["crab.png", "key-octopus.png#key", "key-octopus.png#octopus"].flatMap((subject) =>
  ["centre-gaussian", "random:seed=3", "vit-cx:masks=random"].map((method) => `${subject} ${method}`),
);

test.concurrent("An evaluation that is killed goes on where it was", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const images = await imagesIn(place);
  const out = join(place.folder, "out");
  const args = ["--images", images, "--boxes", join(place.folder, "boxes.json"), ...methods, ...metrics, "--out", out];

  // The last method takes longer than all the rest of the test.
  const killed = place.vitcx("evaluate", [...args, "--methods", `${methods[1]},rise:num-masks=8000`]);
  await written(out, 3);
  const second = place.vitcx("evaluate", args);
  expect(await second.ended).toBe(2);
  expect(second.errors()).toMatch(/^The process \d+ is writing into .+; choose another --out/);
  killed.kill("SIGKILL");
  expect(await killed.ended).toBeNull();
  const before = await linesOf(out);
  expect(questionsOf(before)).toEqual(all.slice(0, 3));
  // And what a kill in the middle of writing leaves.
  await writeFile(join(out, "rows.ndjson"), JSON.stringify(before[0]).slice(0, 50), { flag: "a" });

  const rest = place.vitcx("evaluate", args);
  expect(await rest.ended).toBe(0);
  expect(rest.errors()).toBe("");
  const lines = await linesOf(out);
  expect(questionsOf(lines)).toEqual(all);
  expect(lines.slice(0, 3)).toEqual(before);
  // The pointing game needs boxes.
  expect(lines[0]!.measured.map(({ metric }) => metric)).toEqual(["SPARSENESS", "DELETION"]);
  expect(lines[8]!.measured.map(({ metric }) => metric)).toEqual(["SPARSENESS", "POINTING_GAME", "DELETION"]);

  const files = [".lock", "metrics.json", "pictures", "report.html", "results.csv", "results.json", "results.md", "rows.ndjson"];
  expect((await readdir(out)).toSorted()).toEqual(files);
  expect(await readFile(join(out, "results.md"), "utf8")).toBe(rest.output().slice(0, -1));
  // A picture of each map and image, and nothing that is anywhere else.
  const report = await readFile(join(out, "report.html"), "utf8");
  expect(report.match(/src="data:image\/jpeg;base64,/g)).toHaveLength(9 + 3);
  expect(report).not.toMatch(/(?:src|href)="(?!data:|#)/);

  const other = place.vitcx("evaluate", [...args, "--metrics", "sparseness"]);
  expect(await other.ended).toBe(2);
  expect(other.errors()).toMatch(/holds an evaluation with other metrics .+; choose another --out\.\n$/);
});

test.concurrent("One that is told to end writes what there is so far", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const images = await imagesIn(place);
  const out = join(place.folder, "out");
  const args = ["--images", images, "--methods", "centre-gaussian,rise:num-masks=8000", "--metrics", "sparseness", "--out", out];
  const ended = place.vitcx("evaluate", args);
  await written(out, 1);
  ended.kill("SIGINT");
  expect(await ended.ended).toBe(130);
  expect(ended.errors()).toBe(`What there is so far is in ${out}; the same command resumes it.\n`);
  const { missing, costs } = await resultsOf(out);
  expect([missing, costs.map(({ method }) => method)]).toEqual([3, ["centre-gaussian"]]);
});

test.concurrent("Answers to other requests are not mixed in", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const images = await imagesIn(place);
  const [out, labels] = [join(place.folder, "out"), join(place.folder, "labels.csv")];
  const args = ["--images", images, "--methods", "centre-gaussian,random", "--metrics", "sparseness", "--out", out];
  await writeFile(labels, "file,label\nkey-octopus.png,key\ngone.png,key\n");
  const first = place.vitcx("evaluate", [...args, "--labels", labels]);
  expect(await first.ended).toBe(0);
  expect(first.errors()).toBe(`Left out, as named in ${labels}, but not in ${images}: gone.png.\n`);
  expect((await linesOf(out)).map(({ target }) => target.label)).toEqual(["crab", "crab", "key", "key"]);

  await writeFile(labels, "key-octopus.png octopus\n");
  const second = place.vitcx("evaluate", [...args, "--labels", labels, "--methods", "centre-gaussian"]);
  expect(await second.ended).toBe(0);
  expect(second.errors()).toMatch(/^1 line of rows\.ndjson answers requests about other images, classes, .+ asked again\.\n$/);
  expect((await linesOf(out)).slice(4).map(({ subject, target }) => [subject, target.label])).toEqual([
    ["key-octopus.png", "octopus"],
  ]);
  const { costs, asked } = await resultsOf(out);
  expect(costs).toMatchObject([{ method: "centre-gaussian", n: 2 }]);
  expect(asked.command).toBe(`vitcx evaluate ${args.join(" ")} --labels ${labels} --methods centre-gaussian`);
});

test.concurrent("A folder of Pascal VOC is evaluated, with the model's names of its classes", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const voc = join(place.folder, "voc");
  const out = join(place.folder, "out");
  for (const name of ["JPEGImages", "Annotations"]) await mkdir(join(voc, name), { recursive: true });
  for (const name of ["key-octopus.png", "crab.png"]) await cp(example(name), join(voc, "JPEGImages", name));
  const annotate = (name: string, objects: string) =>
    writeFile(join(voc, "Annotations", `${name}.xml`), `<annotation><filename>${name}</filename>${objects}</annotation>`);
  const object = (name: string, [xmin, ymin, xmax, ymax]: number[], difficult = 0) =>
    `<object><name>${name}</name><difficult>${difficult}</difficult><bndbox><xmin>${xmin}</xmin><ymin>${ymin}</ymin><xmax>${xmax}</xmax><ymax>${ymax}</ymax></bndbox></object>`;
  // Over the right edge by a pixel, as happens; wholly outside; and a difficult one.
  await annotate("key-octopus", object("padlock", [29, 63, 93, 168]) + object("squid", [144, 70, 225, 141]));
  await annotate("crab.png", object("crab", [230, 1, 240, 9]) + object("squid", [1, 1, 9, 9], 1));
  await annotate("gone.png", object("crab", [1, 1, 9, 9]));
  await writeFile(join(place.folder, "classes.json"), '{"padlock": "key", "squid": "octopus"}');
  const args = ["--voc", voc, "--methods", "centre-gaussian", "--metrics", "pointing-game,sparseness", "--out", out];
  const refused = place.vitcx("evaluate", args);
  expect(await refused.ended).toBe(2);
  expect(refused.errors()).toMatch(/^The model "emoji-vit" has no class ".+--classes FILE says what a class is called there/);
  await expect(stat(out)).rejects.toThrow("ENOENT");

  const command = place.vitcx("evaluate", [...args, "--classes", join(place.folder, "classes.json")]);
  expect(await command.ended).toBe(0);
  expect(command.errors()).toBe(`Left out, as annotated, but not in ${join(voc, "JPEGImages")}: gone.png.\n`);
  const lines = await linesOf(out);
  expect(lines.map(({ subject, target, unseen, measured }) => [subject, target.label, unseen, measured.length])).toEqual([
    ["crab.png", "crab", 1, 1],
    ["key-octopus.png#key", "key", undefined, 2],
    ["key-octopus.png#octopus", "octopus", undefined, 2],
  ]);
  expect(await readFile(join(out, "results.md"), "utf8")).toContain("Of 1 subject the model emoji-vit sees no box;");
});

/** The default model as it would be if it saw the middle half of an image alone. */
async function croppedModel({ folder }: Place): Promise<string> {
  const from = fileURLToPath(new URL("../../models/emoji-vit/", import.meta.url));
  const [models, to] = [join(folder, "models"), join(folder, "models", "cropped")];
  await mkdir(to, { recursive: true });
  const manifest = JSON.parse(await readFile(join(from, "manifest.json"), "utf8")) as { file: string; input: object };
  await cp(join(from, manifest.file), join(to, manifest.file));
  const input = { ...manifest.input, resize: { fit: "crop", shortestEdge: 448 } };
  await writeFile(join(to, "manifest.json"), JSON.stringify({ ...manifest, id: "cropped", input }));
  return models;
}

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
  const env = { VITCX_MODELS: `${fileURLToPath(new URL("../../models", import.meta.url))}:${await croppedModel(place)}` };
  const two = ["--methods", "vit-cx:masks=random,random:seed=3", "--models", "emoji-vit,cropped"];
  const args = ["--images", images, "--boxes", join(place.folder, "boxes.json"), ...two, ...metrics];
  const { client } = await place.startService(env);
  const url = `${client.origin}/graphql`;
  const there = place.vitcx("evaluate", [...args, "--submit", url, "--out", join(place.folder, "there")]);
  const here = place.vitcx("evaluate", [...args, "--out", join(place.folder, "here")], env);
  expect([await there.ended, await here.ended]).toEqual([0, 0]);
  const [answers, expected] = [await linesOf(join(place.folder, "there")), await linesOf(join(place.folder, "here"))];
  const comparable = (lines: readonly (Row & Failure)[]) =>
    lines
      .map((line) => ({ ...line, seconds: 0 }))
      .toSorted((a, b) => `${a.model} ${a.subject} ${a.method}`.localeCompare(`${b.model} ${b.subject} ${b.method}`));
  expect(comparable(answers)).toEqual(comparable(expected));
  const failures = answers.filter(({ error }) => error);
  expect(failures.map(({ subject, error }) => [subject, error.code])).toEqual(
    Array.from({ length: 4 }, () => ["broken.png", "IMAGE_UNREADABLE"]),
  );
});

test.concurrent("A service that wants a key is sent that of VITCX_API_KEY", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const images = await imagesIn(place);
  const key = "a-key-of-someone-s-own";
  const { client } = await place.startService({ VITCX_API_KEYS: `someone=${key}` });
  const url = `${client.origin}/graphql`;
  const out = join(place.folder, "out");
  const args = ["--images", images, "--methods", "random", "--metrics", "sparseness", "--submit", url, "--out", out];
  const without = place.vitcx("evaluate", args);
  expect(await without.ended).toBe(1);
  expect(without.errors()).toBe("Send a valid API key in the header x-api-key.\n");
  const withKey = place.vitcx("evaluate", args, { VITCX_API_KEY: key });
  expect(await withKey.ended).toBe(0);
  expect(withKey.errors()).toBe("");
  // The overlays are signed, or ask for the key; either way they are there.
  expect(await readdir(join(out, "pictures"))).toHaveLength(2);
});

test.concurrent("Keys that vitcx keys makes are those that the service wants, and a run within its owner's limits ends complete", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  const images = await imagesIn(place);
  const data = ["--data", join(place.folder, "data")];
  const keys = async (...args: string[]) => {
    const command = place.vitcx("keys", [...args, ...data]);
    expect(await command.ended).toBe(0);
    return command.output().trim();
  };
  const key = await keys("add", "ann");
  expect(key).toMatch(/^[\w-]{32}$/);
  // Occlusion of this model takes 170 passes: of two images it is more than may wait at a time.
  expect(await keys("limit", "ann", "--queued-passes", "250", "--requests-per-minute", "1000")).toBe(
    "ann: 250 queued passes, 1000 requests a minute.",
  );
  expect(await keys("list")).toMatch(
    /^owner {2}hash +made +limits\nann {4}[0-9a-f]{12} {2}20\d\d-\d\d-\d\d {2}250 queued passes, /,
  );
  const { client } = await place.startService({ VITCX_KEYS: "store", VITCX_DATA: data[1]! });
  const url = `${client.origin}/graphql`;
  const args = (out: string) => {
    const methods = ["--methods", "random,occlusion", "--metrics", "sparseness"];
    return ["--images", images, ...methods, "--submit", url, "--out", join(place.folder, out)];
  };
  const refused = place.vitcx("evaluate", args("refused"), { VITCX_API_KEY: "a-key-of-nobody-s-own" });
  expect(await refused.ended).toBe(1);
  expect(refused.errors()).toBe("Send a valid API key in the header x-api-key.\n");
  const run = place.vitcx("evaluate", args("out"), { VITCX_API_KEY: key });
  expect(await run.ended).toBe(0);
  const rows = await linesOf(join(place.folder, "out"));
  expect(rows.filter(({ error }) => error)).toEqual([]);
  expect(rows).toHaveLength(4);
  expect(await keys("remove", "ann")).toBe("1 key has ended.");
});

test.concurrent("An evaluation whose rows are in the store is resumed from another folder, without asking again", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  const images = await imagesIn(place);
  const env = { VITCX_DATA: join(place.folder, "data") };
  const run = async (out: string, ...more: string[]) => {
    const asked = ["--images", images, "--methods", "random,centre-gaussian", ...more];
    const command = place.vitcx("evaluate", [...asked, "--rows", "mine", "--out", join(place.folder, out)], env);
    return [await command.ended, command.errors()];
  };
  expect(await run("here", "--metrics", "sparseness")).toEqual([0, ""]);
  // What is asked again takes other seconds.
  expect(await run("there", "--metrics", "sparseness")).toEqual([0, ""]);
  const [here, there] = [await linesOf(join(place.folder, "here")), await linesOf(join(place.folder, "there"))];
  const sorted = (lines: readonly object[]) => lines.map((line) => JSON.stringify(line)).toSorted();
  expect(sorted(there)).toEqual(sorted(here));
  expect(here).toHaveLength(4);
  const [code, errors] = await run("elsewhere", "--metrics", "saco");
  expect([code, errors]).toEqual([2, expect.stringContaining("other metrics")]);
});

test.concurrent("Where nothing can be explained, the end is one of an error", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const images = await imagesIn(place);
  for (const name of await readdir(images)) await rm(join(images, name));
  await writeFile(join(images, "broken.png"), (await readFile(example("crab.png"))).subarray(0, 4000));
  const out = join(place.folder, "out");
  const command = place.vitcx("evaluate", ["--images", images, "--methods", "random,occlusion", "--out", out]);
  expect(await command.ended).toBe(1);
  expect(command.errors()).toMatch(
    /^No explanation could be made; the first of 2 failed with IMAGE_UNREADABLE: The PNG image .+\n$/,
  );
  expect((await resultsOf(out)).failures).toHaveLength(2);
});

test.concurrent("A model that cannot be used is refused before anything is written", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const [images, models] = [await imagesIn(place), await croppedModel(place)];
  await writeFile(join(models, "cropped", "model.onnx"), "no model");
  const out = join(place.folder, "out");
  const command = place.vitcx("evaluate", ["--images", images, "--out", out], { VITCX_MODELS: models });
  expect(await command.ended).toBe(1);
  expect(command.errors()).toMatch(/^Model "cropped": expected model\.onnx to have the SHA-256 .+\n$/);
  await expect(stat(out)).rejects.toThrow("ENOENT");
});

test.concurrent.for([
  ["no images", 2, [], /^Expected --images or --voc\.\n$/],
  ["a folder that is not there", 1, ["--images", "no-such"], /^ENOENT: no such file or directory, scandir 'no-such'\n$/],
  ["an unknown method", 2, ["--images", ".", "--methods", "rice"], /^There is no method "rice"; there are .+\n$/],
  ["an unknown model", 2, ["--images", "web", "--models", "resnet"], /^There is no model "resnet"; there are emoji-vit\.\n$/],
  ["a limit of nothing", 2, ["--images", ".", "--limit", "0"], /^Expected --limit to be an integer, at least 1, got 0\.\n$/],
  [
    "no end of requests at a time",
    2,
    ["--images", ".", "--concurrency", "Infinity"],
    /^Expected --concurrency to be an integer from 1 to 1000, got Infinity\.\n$/,
  ],
  [
    "a metric that cannot be",
    2,
    ["--images", "web", "--metrics", "deletion:steps=0"],
    /^Expected `metrics\.deletion\.steps` to be an integer from 1 to 1000, got 0\.\n$/,
  ],
  [
    "a service that is not there",
    1,
    ["--images", "web", "--submit", "http://127.0.0.1:1/graphql"],
    /^http.+ cannot be reached\.\n$/,
  ],
] as const)("refuses %s in a sentence, and leaves no folder", async ([, exitCode, args, message], { onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const out = join(place.folder, "out");
  const command = place.vitcx("evaluate", [...args, "--out", out]);
  expect(await command.ended).toBe(exitCode);
  expect(command.errors()).toMatch(message);
  await expect(stat(out)).rejects.toThrow("ENOENT");
});
