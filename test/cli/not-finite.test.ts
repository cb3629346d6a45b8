import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { example, openPlace } from "../service/place.ts";
import { addTailed, tails } from "../vit/tailed-models.ts";

const labels = Array.from({ length: 10 }, (_, i) => `label ${i}`);

test("An answer that is not finite is told by explain and evaluate, with its code, and leaves no value behind", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  await addTailed(place.folder, tails["not finite for a plain image"], { labels });
  const env = { VITCX_MODELS: join(place.folder, "models") };
  const photo = fileURLToPath(example("crab.png"));
  const quick = ["--method", "centre-gaussian"];

  const fine = place.vitcx("explain", [photo, ...quick, "--no-out", "--json"], env);
  expect(await fine.ended).toBe(0);
  const alone = place.vitcx("explain", [photo, ...quick, "--metrics", "deletion", "--no-out"], env);
  expect(await alone.ended).toBe(1);
  expect(alone.errors()).toMatch(/^Model "tailed" answered NaN among its probabilities; /);

  const images = join(place.folder, "images");
  await mkdir(images);
  for (const name of ["crab.png", "other.png"]) await cp(photo, join(images, name));
  const failed = place.vitcx("explain", [images, ...quick, "--metrics", "deletion", "--no-out", "--json"], env);
  expect(await failed.ended).toBe(1);
  const told = failed.output().trim().split("\n");
  expect(told.map((line) => JSON.parse(line).error.code)).toEqual(["MODEL_NOT_FINITE", "MODEL_NOT_FINITE"]);

  const out = join(place.folder, "evaluation");
  const methods = ["--methods", "centre-gaussian", "--metrics", "deletion"];
  const evaluated = place.vitcx("evaluate", ["--images", images, ...methods, "--out", out], env);
  expect(await evaluated.ended).toBe(1);
  const lines = (await readFile(join(out, "rows.ndjson"), "utf8")).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { subject: "crab.png", error: { code: "MODEL_NOT_FINITE" } },
    { subject: "other.png", error: { code: "MODEL_NOT_FINITE" } },
  ]);
});

test("A multi-label model's labels are listed with what their numbers mean, and a single label with its complement", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  const photo = fileURLToPath(example("crab.png"));
  const printed = async (tail: keyof typeof tails, facts: object) => {
    await addTailed(place.folder, tails[tail], { id: tail.replaceAll(" ", "-"), ...facts });
    const env = { VITCX_MODELS: join(place.folder, "models") };
    const args = [photo, "--model", tail.replaceAll(" ", "-"), "--method", "centre-gaussian", "--no-out"];
    const command = place.vitcx("explain", args, env);
    expect(await command.ended).toBe(0);
    return command.output();
  };
  expect(await printed("a sigmoid", { labels })).toMatch(
    / %  label \d\nEach label has a probability of its own; several can be true\./,
  );
  const [, yes, no] = /^ +([\d.]+) %  yes\n +([\d.]+) %  no\n/m.exec(await printed("one logit", {}))!;
  expect(Number(yes) + Number(no)).toBeCloseTo(100, 0);
});
