import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, expect, test } from "vitest";
import { explainAlone } from "../../lib/explanation/run/explain-alone.ts";
import { floatTensor, int64Vector, node, type OnnxNode, withGraph, writeModel } from "../../lib/onnx/model.ts";
import { type TensorProto, TensorProtoSchema } from "../../lib/onnx/onnx_pb.ts";
import { drain } from "../../lib/steps/steps.ts";
import { addModel } from "../../lib/vit/catalog/add.ts";
import { catalogOf } from "../../lib/vit/catalog/catalog.ts";
import type { Facts } from "../../lib/vit/catalog/facts.ts";
import { findModel } from "../../lib/vit/catalog/model-source.ts";
import type { OutputKind } from "../../lib/vit/output-kind.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { readModel } from "../onnx/read-model.ts";
import { tinyFile } from "./tiny-models.ts";

/** What an export may have behind the logits [B, 10], as nodes from "tail/logits" to "out", and the shape that it declares. */
interface Tail {
  readonly nodes: readonly OnnxNode[];
  readonly shape: readonly (number | string)[];
  readonly name?: string;
}

const one = (operator: string, attributes = {}) => node(operator, ["tail/logits"], ["out"], attributes);
const first = node("Slice", ["tail/logits", "0", "1", "1"], ["first"]);
const row = ["batch", 10];
const tails = {
  logits: { nodes: [one("Identity")], shape: row },
  probabilities: { nodes: [one("Softmax", { axis: 1 })], shape: row },
  "a sigmoid": { nodes: [one("Sigmoid")], shape: row },
  "a softmax written out": {
    nodes: [one0("Exp", "tail/logits", "e"), node("ReduceSum", ["e", "1"], ["sum"]), node("Div", ["e", "sum"], ["out"])],
    shape: row,
  },
  "a softmax and arithmetic": {
    nodes: [one0("Softmax", "tail/logits", "p"), node("Mul", ["p", "half"], ["out"])],
    shape: row,
  },
  "a sigmoid written out": {
    nodes: [
      one0("Neg", "tail/logits", "n"),
      one0("Exp", "n", "e"),
      node("Add", ["e", "one"], ["d"]),
      one0("Reciprocal", "d", "out"),
    ],
    shape: row,
  },
  "the mean of two softmaxes": {
    nodes: [
      node("Mul", ["tail/logits", "half"], ["h"]),
      one0("Softmax", "h", "p"),
      one0("Softmax", "tail/logits", "q"),
      node("Mean", ["p", "q"], ["out"]),
    ],
    shape: row,
  },
  "the mean of two sigmoids": {
    nodes: [
      node("Mul", ["tail/logits", "half"], ["h"]),
      one0("Sigmoid", "h", "p"),
      one0("Sigmoid", "tail/logits", "q"),
      node("Mean", ["p", "q"], ["out"]),
    ],
    shape: row,
  },
  "logits at a temperature": { nodes: [node("Mul", ["tail/logits", "half"], ["out"])], shape: row },
  "the number of a class": {
    nodes: [node("ArgMax", ["tail/logits"], ["n"], { axis: 1 }), node("Cast", ["n"], ["out"], { to: 1 })],
    shape: ["batch", 1],
  },
  "truth values": {
    nodes: [node("Greater", ["tail/logits", "half"], ["t"]), node("Cast", ["t"], ["out"], { to: 1 })],
    shape: row,
  },
  "a softmax of one": { nodes: [first, node("Softmax", ["first"], ["out"], { axis: 1 })], shape: ["batch", 1] },
  "one logit": { nodes: [first, one0("Identity", "first", "out")], shape: ["batch", 1] },
  "one probability": { nodes: [first, one0("Sigmoid", "first", "out")], shape: ["batch", 1] },
  "one logit without an axis": { nodes: [first, node("Squeeze", ["first", "1"], ["out"])], shape: ["batch"] },
  "an axis between": { nodes: [node("Unsqueeze", ["tail/logits", "1"], ["out"])], shape: ["batch", 1, 10] },
  "axes behind": { nodes: [node("Unsqueeze", ["tail/logits", "2 3"], ["out"])], shape: ["batch", 10, 1, 1] },
  "a length of 1": {
    nodes: [
      node("Mul", ["tail/logits", "tail/logits"], ["s"]),
      node("ReduceSum", ["s", "1"], ["n"]),
      one0("Sqrt", "n", "l"),
      node("Div", ["tail/logits", "l"], ["out"]),
    ],
    shape: row,
  },
  "an embedding's name": { nodes: [one("Identity")], shape: row, name: "image_embeds" },
} satisfies Record<string, Tail>;

function one0(operator: string, input: string, output: string): OnnxNode {
  return node(operator, [input], [output]);
}

const constants: TensorProto[] = [
  int64Vector("0", [0]),
  int64Vector("1", [1]),
  int64Vector("2 3", [2, 3]),
  create(TensorProtoSchema, { name: "half", dataType: 1, floatData: [0.5] }),
  create(TensorProtoSchema, { name: "one", dataType: 1, floatData: [1] }),
];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterEach(() => rm(folder, { recursive: true }));

const labels = Array.from({ length: 10 }, (_, i) => `class ${i}`);
const known: Facts = { mean: [0.5, 0.5, 0.5], sd: [0.5, 0.5, 0.5] };

async function add({ nodes, shape, name = "scores" }: Tail, facts: Facts) {
  const model = readModel(tinyFile("tiny_vit_op17.onnx"));
  const { graph } = model;
  const logits = graph.output[0]!.name;
  const tailed = withGraph(model, {
    node: [...graph.node, one0("Identity", logits, "tail/logits"), ...nodes, one0("Identity", "out", name)],
    initializer: [...graph.initializer, ...constants],
    output: [floatTensor(name, shape)],
  });
  const file = join(folder, "model.onnx");
  await writeFile(file, writeModel(tailed));
  return addModel(join(folder, "models"), await findModel(file), { id: "tailed", ...known, ...facts }, { threads: 1 });
}

const softmax = (logits: readonly number[]) => {
  const exponentials = logits.map((logit) => Math.exp(logit));
  return exponentials.map((each) => each / exponentials.reduce((a, b) => a + b));
};
const sigmoid = (logits: readonly number[]) => logits.map((logit) => 1 / (1 + Math.exp(-logit)));

const MULTI = "multi-label-probabilities";
const half = (value: number) => value / 2;
const mean = (a: readonly number[], b: readonly number[]) => a.map((value, i) => (value + b[i]!) / 2);

/** What the network's own logits are of an image, [10]. */
async function logitsOf(image: { shape: number[]; data: Float32Array }): Promise<number[]> {
  const { Session } = await import("../../lib/vit/runtime/session.ts");
  const model = readModel(tinyFile("tiny_vit_op17.onnx"));
  await using session = await Session.open(model, folder, { threads: 1 });
  const [input, output] = [model.graph.input[0]!.name, model.graph.output[0]!.name];
  const answers = await session.run({ [input]: { shape: [1, ...image.shape], data: image.data } }, [output]);
  return [...answers[output]!.data];
}

test.for([
  ["logits", {}, "logits", softmax],
  ["probabilities", {}, "probabilities", softmax],
  ["a softmax written out", {}, "probabilities", softmax],
  ["the mean of two softmaxes", {}, "probabilities", (l: number[]) => mean(softmax(l.map(half)), softmax(l))],
  ["the mean of two sigmoids", { output: MULTI }, MULTI, (l: number[]) => mean(sigmoid(l.map(half)), sigmoid(l))],
  ["a sigmoid written out", { output: MULTI }, MULTI, sigmoid],
  ["logits at a temperature", {}, "logits", (l: number[]) => softmax(l.map(half))],
  ["a sigmoid", {}, "multi-label-probabilities", sigmoid],
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
