import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkClasses, completeWithoutBoxes } from "../../lib/evaluation/explainers/check-request.ts";
import { openFolder } from "../../lib/evaluation/folder.ts";
import { commandText } from "../../lib/evaluation/report/messages.ts";
import { parseMetrics } from "../../lib/explanation/request/parse-method.ts";
import { tiny } from "./explainer.ts";

const complete = (metrics: Readonly<Record<string, unknown>>) => completeWithoutBoxes(metrics, [tiny]);

describe("metrics", () => {
  test("have all of their options, and need no boxes for that", () => {
    expect(complete(parseMetrics("pointing-game,deletion:steps=4,sparseness,stability"))).toEqual({
      pointingGame: { tolerance: 15 },
      deletion: { canvas: "zero", steps: 4 },
      sparseness: true,
      stability: { seeds: 3 },
    });
  });

  test("that cannot be are refused at once", () => {
    expect(() => complete(parseMetrics("deletion:steps=0"))).toThrow(
      "Expected `metrics.deletion.steps` to be an integer from 1 to 1000",
    );
    expect(() => complete(parseMetrics("faithfulness-correlation:subset-size=64"))).toThrow("less than the model's 8 × 8 pixels");
    const elsewhere = { ...tiny, input: { width: 8, height: 8 } };
    expect(() => completeWithoutBoxes(parseMetrics("localisation:threshold=2"), [elsewhere])).toThrow("threshold");
  });
});

describe("classes", () => {
  const subjectsOf = (...targets: string[]) => targets.map((target) => ({ name: `${target}.png`, file: "", target }));

  test("that the model has, by label or index, are let pass", () => {
    checkClasses([...subjectsOf("crab", "1"), { name: "no class", file: "" }], [tiny]);
  });

  test("that it has not are refused with their names, and with what may be done", () => {
    expect(() => checkClasses(subjectsOf("dog"), [tiny])).toThrow(/^The model "tiny" has no class "dog"; .+ --classes FILE says/);
    const many = subjectsOf("key", "dog", "a", "b", "c", "d", "e", "f", "dog");
    expect(() => checkClasses(many, [tiny])).toThrow('So it is with 6 more: "a", "b", "c", "d", "e", ….');
    expect(() => checkClasses(subjectsOf("crab"), [tiny, { ...tiny, id: "other", labels: ["key"] }])).toThrow('model "other"');
  });
});

describe("a folder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "vitcx-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const begin = (metrics: string) => openFolder(folder, parseMetrics(metrics), complete);

  test("is resumed, in whichever order the metrics come and whatever of them is spelled out", async () => {
    await begin("deletion,insertion:steps=8");
    await begin("insertion:canvas=blurred:steps=8,deletion:steps=224");
    await expect(begin("deletion")).rejects.toThrow("holds an evaluation with other metrics");
    await expect(begin("deletion:steps=8,insertion:steps=8")).rejects.toThrow("choose another --out");
  });

  test("of an earlier version is resumed", async () => {
    await writeFile(join(folder, "metrics.json"), '{\n  "sparseness": true,\n  "deletion": {"steps": 8}\n}\n');
    await begin("deletion:steps=8,sparseness");
  });

  test("in which a process was killed as it began is begun with, and one that holds anything else is refused", async () => {
    await writeFile(join(folder, "metrics.json"), "");
    await begin("deletion");
    expect(JSON.parse(await readFile(join(folder, "metrics.json"), "utf8"))).toEqual({
      deletion: { canvas: "zero", steps: 224 },
    });
    await writeFile(join(folder, "metrics.json"), "{");
    await expect(begin("deletion")).rejects.toThrow("metrics.json is not JSON");
  });
});

test("A command can be pasted into a shell", () => {
  const args = ["--images", "my photos", "--methods", "all,rise:count=9", "--out", "it's", "--labels", "$HOME", ""];
  expect(commandText(args)).toBe(
    String.raw`vitcx evaluate --images 'my photos' --methods all,rise:count=9 --out 'it'\''s' --labels '$HOME' ''`,
  );
});
