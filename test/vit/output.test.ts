import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { explainAlone } from "../../lib/explanation/run/explain-alone.ts";
import { drain } from "../../lib/steps/steps.ts";
import { catalogOf } from "../../lib/vit/catalog/catalog.ts";
import type { Facts } from "../../lib/vit/catalog/facts.ts";
import type { OutputKind } from "../../lib/vit/catalog/output-kind.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { addTailed, logitsOf, type Tail, tails } from "./tailed-models.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterEach(() => rm(folder, { recursive: true }));

const labels = Array.from({ length: 10 }, (_, i) => `class ${i}`);

const add = (tail: Tail, facts: Facts) => addTailed(folder, tail, facts);

const softmax = (logits: readonly number[]) => {
  const exponentials = logits.map((logit) => Math.exp(logit));
  return exponentials.map((each) => each / exponentials.reduce((a, b) => a + b));
};
const sigmoid = (logits: readonly number[]) => logits.map((logit) => 1 / (1 + Math.exp(-logit)));

const MULTI = "multi-label-probabilities";
const half = (value: number) => value / 2;
const mean = (a: readonly number[], b: readonly number[]) => a.map((value, i) => (value + b[i]!) / 2);

test.for([
  ["logits", {}, "logits", softmax],
  ["probabilities", {}, "probabilities", softmax],
  ["a softmax written out", {}, "probabilities", softmax],
  ["the mean of two softmaxes", {}, "probabilities", (l: number[]) => mean(softmax(l.map(half)), softmax(l))],
  ["the mean of two sigmoids", { output: MULTI }, MULTI, (l: number[]) => mean(sigmoid(l.map(half)), sigmoid(l))],
  ["a sigmoid written out", { output: MULTI }, MULTI, sigmoid],
  ["logits at a temperature", {}, "logits", (l: number[]) => softmax(l.map(half))],
  ["a sigmoid", {}, "multi-label-probabilities", sigmoid],
  ["a sigmoid that is clipped", {}, "multi-label-probabilities", sigmoid],
  ["a softmax that is clipped", {}, "probabilities", softmax],
  ["logits", { isMultiLabel: true }, "multi-label-logits", sigmoid],
  ["logits", { output: "multi-label-logits" }, "multi-label-logits", sigmoid],
  ["a sigmoid", { isMultiLabel: true }, "multi-label-probabilities", sigmoid],
  ["an axis between", {}, "logits", softmax],
  ["axes behind", {}, "logits", softmax],
  ["one logit", { labels: undefined }, "multi-label-logits", (logits: number[]) => sigmoid(logits.slice(0, 1))],
  ["one probability", { labels: undefined }, "multi-label-probabilities", (logits: number[]) => sigmoid(logits.slice(0, 1))],
  ["one logit without an axis", { labels: ["cat"] }, "multi-label-logits", (logits: number[]) => sigmoid(logits.slice(0, 1))],
] as const)(
  "%s with %j is of the kind %s, and its probabilities are the graph's own",
  async ([name, facts, kind, probabilitiesOf]) => {
    const { model } = await add(tails[name], { labels, ...facts } as Facts);
    expect(model.manifest.output).toBe(kind satisfies OutputKind);
    const image = { shape: [3, 64, 64], data: Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => Math.sin(i)) };
    const expected = probabilitiesOf(await logitsOf(image));
    await using classifier = await openClassifier(model, { threads: 1 });
    const { probabilities } = await classifier.classify(image);
    expect(probabilities.length).toBe(expected.length);
    expected.forEach((value, i) => expect(probabilities[i]).toBeCloseTo(value, 6));
  },
);

test("One score without labels is of the label yes", async () => {
  const { model } = await add(tails["one logit"], {});
  expect(model.manifest.labels).toEqual(["yes"]);
});

test.for([
  ["a sigmoid written out", {}, /do not say what its output is/],
  ["the mean of two sigmoids", {}, /do not say what its output is/],
  ["probabilities", { isMultiLabel: true }, /do not say what its output is/],
  ["probabilities", { output: "logits" }, /its output "scores" holds probabilities, and cannot be read as logits once more/],
  ["a sigmoid", { output: "logits" }, /holds multi-label-probabilities, and cannot be read as logits/],
  [
    "the number of a class",
    { labels: ["class"] },
    /its output "scores" is made by ArgMax: a decision, and not a score for each class/,
  ],
  ["truth values", {}, /its output "scores" is made by Greater: a decision/],
  ["a softmax of one", { labels: undefined }, /of one class alone, a softmax makes 1 whatever the image is/],
  ["one logit", { labels: ["cat"], output: "logits" }, /of one class alone, a softmax makes 1 whatever the image is/],
  ["an embedding's name", { labels: ["cat", "dog"] }, /its output "image_embeds" is an embedding of the image/],
  ["a softmax and arithmetic", {}, /do not say what its output is, .*\(--output logits\|probabilities\|/],
  [
    "a softmax and arithmetic",
    { output: "probabilities" },
    /the sum of the probabilities against 1: expected at most 0\.002, got 0\.(5|49)/,
  ],
  [
    "logits",
    { output: "multi-label-probabilities" },
    /each label's probability, outside of 0 to 1: expected at most 0\.002, got /,
  ],
  ["a length of 1", {}, /its output "scores" is an embedding of the image, scaled to length 1, not scores of classes/],
  ["an embedding's name", { labels: undefined }, /its output "image_embeds" is an embedding of the image, not scores of classes/],
] as const)("%s with %j is refused", async ([name, facts, sentence]) => {
  await expect(add(tails[name], { labels, ...facts } as Facts)).rejects.toMatchObject({
    code: "MODEL_UNUSABLE",
    message: expect.stringMatching(sentence),
  });
});

test("A model of labels that do not exclude each other is explained and measured by each label's own probability", async () => {
  const { model } = await add(tails["a sigmoid"], { labels });
  await using classifier = await openClassifier(model, { threads: 1 });
  const image = await readFile(new URL("../../models/emoji-vit/examples/crab.png", import.meta.url));
  const metrics = { deletion: {}, insertion: {} };
  const written = await drain(
    explainAlone(catalogOf(model), async () => classifier, { owner: "local", image, method: "VIT_CX", metrics }),
  );
  const textOf = (name: string) => new TextDecoder().decode(written.find((file) => file.name === name)!.bytes);
  const { predictions, target } = JSON.parse(textOf("explanation.json"));
  const all = predictions.map(({ probability }: { probability: number }) => probability);
  // Exclusive ones would add up to 1.
  expect(all.reduce((a: number, b: number) => a + b)).toBeGreaterThan(1.5);
  expect(all).toEqual(all.toSorted((a: number, b: number) => b - a));
  expect(target.probability).toBe(all[0]);
  const { measured } = JSON.parse(textOf("metrics.json")) as {
    measured: { metric: string; curve: { probabilities: number[] } }[];
  };
  // Both curves end at the probability of the whole image, one of them backwards.
  const [deletion, insertion] = measured;
  expect([deletion!.metric, insertion!.metric]).toEqual(["DELETION", "INSERTION"]);
  expect(deletion!.curve.probabilities[0]).toBeCloseTo(target.probability, 5);
  expect(insertion!.curve.probabilities.at(-1)).toBeCloseTo(target.probability, 5);
});

test("Gradients are of a label's logit, whatever follows it", async () => {
  const image = { shape: [1, 3, 64, 64], data: Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => Math.sin(i)) };
  const gradientOf = async (name: keyof typeof tails, facts: Facts, target: number) => {
    const { model } = await add(tails[name], { id: name.replaceAll(" ", "-"), ...facts });
    await using classifier = await openClassifier(model, { threads: 1 });
    return (await classifier.differentiate!(image, target, ["image-gradient"]))["image-gradient"].data;
  };
  const expected = await gradientOf("logits", { labels }, 0);
  expect(expected.some((value) => Math.abs(value) > 1e-4)).toBe(true);
  for (const [name, facts] of [
    ["logits", { labels, output: "multi-label-logits", id: "said" }],
    ["a sigmoid", { labels }],
    ["a sigmoid that is clipped", { labels }],
    ["a softmax that is clipped", { labels }],
    ["one probability", {}],
    ["one logit without an axis", {}],
    ["axes behind", { labels }],
  ] as const) {
    const gradient = await gradientOf(name, facts, 0);
    gradient.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
  }
  await expect(gradientOf("a sigmoid written out", { labels, output: MULTI }, 0)).rejects.toThrow(
    /no logits to differentiate: its probabilities "scores" are made by Reciprocal, not by a softmax or sigmoid/,
  );
});
