import { expect, test } from "vitest";
import { methods } from "../../lib/methods/registry.ts";
import { parseMethods, parseMetrics } from "../../lib/explanation/request/parse-method.ts";

const texts = (text: string) => parseMethods(text).map((spec) => spec.text);

test("A method is written with the options that are not its defaults", () => {
  expect(parseMethods("rise:num-masks=1000:cells=5, CENTRE_GAUSSIAN,vit-cx:masks=random:corrected=false")).toEqual([
    { text: "rise:grid-size=5:num-masks=1000", method: "RISE", options: { numMasks: 1000, gridSize: 5 } },
    { text: "centre-gaussian", method: "CENTRE_GAUSSIAN", options: {} },
    { text: "vit-cx:corrected=false:masks=random", method: "VIT_CX", options: { masks: "random", corrected: false } },
  ]);
});

test("All, ablations and what they share are asked once", () => {
  const named = (kinds: readonly string[]) =>
    methods.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name.toLowerCase().replaceAll("_", "-"));
  expect(texts("all")).toEqual(named(["paper", "other"]));
  expect(texts("table-1")).toEqual(named(["paper"]));
  expect(texts("table-1")).toHaveLength(12);
  expect(texts("controls,all").toSorted()).toEqual([...texts("all"), "random", "centre-gaussian"].toSorted());
  expect(texts("ablations,vit-cx,vit-cx:noise-sd=0")).toEqual([
    "vit-cx",
    "vit-cx:masks=all",
    "vit-cx:masks=random",
    "vit-cx:noise-sd=0",
    "vit-cx:corrected=false",
    "vit-cx:corrected=false:noise-sd=0",
  ]);
});

test.each([
  ["", "Expected at least one method."],
  ["vitcx", 'There is no method "vitcx"'],
  ["rise:count", 'Expected NAME or NAME:option=value, got "rise:count".'],
  ["rise:count=0", "Expected `numMasks` to be an integer from 1 to 8000, got 0."],
  ["occlusion:seed=1", "The method OCCLUSION has no option `seed`"],
])("The method %j is refused", (text, message) => {
  expect(() => parseMethods(text)).toThrow(message);
});

test("A metric is written like a method", () => {
  expect(parseMetrics("deletion:steps=28:canvas=black,pointing-game,sparseness")).toEqual({
    deletion: { steps: 28, canvas: "black" },
    pointingGame: {},
    sparseness: true,
  });
  expect(() => parseMetrics("deletions")).toThrow('There is no metric "deletions"');
});
