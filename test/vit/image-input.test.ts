import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { preprocess } from "../../lib/image/preprocess.ts";
import { saliencyOf } from "../../lib/methods/vit-cx/evidence.ts";
import { explain } from "../../lib/methods/vit-cx/explain.ts";
import { pearson } from "../../lib/metrics/correlation.ts";
import { Graph } from "../../lib/onnx/graph.ts";
import { floatConstant, floatTensor, int64Vector, node, withGraph, writeModel } from "../../lib/onnx/model.ts";
import type { OnnxModel, OnnxNode, OnnxTensor } from "../../lib/onnx/model.ts";
import { addModel } from "../../lib/vit/catalog/add.ts";
import type { InstalledModel } from "../../lib/vit/catalog/catalog.ts";
import type { Facts } from "../../lib/vit/catalog/facts.ts";
import { imageInput, recogniseRange, turnsChannels } from "../../lib/vit/graph/image-input.ts";
import { passed, verifyModel } from "../../lib/vit/catalog/verify.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { ofClass } from "../methods/of-class.ts";
import { shapedModel, vitSmall } from "./shaped-models.ts";

const picture = await readFile(fileURLToPath(new URL("../../models/emoji-vit/examples/crab.png", import.meta.url)));
const mean: [number, number, number] = [0.485, 0.456, 0.406];
const sd: [number, number, number] = [0.229, 0.224, 0.225];
const threads = { threads: 1 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterAll(() => rm(folder, { recursive: true }));

const plain = shapedModel({ ...vitSmall, patch: 4 });
const FLOAT = 1;
const BYTES = 2;

/** The same network behind other nodes: they take `given`, and make `image`, [batch, 3, 32, 32], of it. */
function behind(shape: (number | string)[], type: number, nodes: OnnxNode[], constants: OnnxTensor[] = []): OnnxModel {
  return withGraph(plain, {
    input: [typed(floatTensor("given", shape), type)],
    node: [...nodes, ...plain.graph.node],
    initializer: [...plain.graph.initializer, ...constants],
  });
}

function typed(info: ReturnType<typeof floatTensor>, elemType: number) {
  if (info.type?.value.case === "tensorType") info.type.value.value.elemType = elemType;
  return info;
}

const perChannel = (name: string, values: readonly number[]) => floatConstant(name, [1, 3, 1, 1], values);
const nhwc = ["batch", 32, 32, 3];
const nchw = ["batch", 3, 32, 32];
const toNchw = (from: string, to: string) => node("Transpose", [from], [to], { perm: [0, 3, 1, 2] });
/** Pixels 0 … 255 of float32, normalised. */
const normalise = (from: string) => [
  node("Div", [from, "255"], ["unit"]),
  node("Sub", ["unit", "mean"], ["centred"]),
  node("Div", ["centred", "sd"], ["image"]),
];
const numbers = [floatConstant("255", [], [255]), perChannel("mean", mean), perChannel("sd", sd)];

const FORMS: Readonly<Record<string, { model: OnnxModel; given: Facts; input: object }>> = {
  "channels last": { model: behind(nhwc, FLOAT, [toNchw("given", "image")]), given: { mean, sd }, input: { layout: "nhwc" } },
  "whole numbers": {
    model: behind(nchw, BYTES, [node("Cast", ["given"], ["float"], { to: FLOAT }), ...normalise("float")], numbers),
    given: {},
    input: { range: "0-255" },
  },
  "whole numbers, channels last": {
    model: behind(
      nhwc,
      BYTES,
      [node("Cast", ["given"], ["float"], { to: FLOAT }), toNchw("float", "moved"), ...normalise("moved")],
      numbers,
    ),
    given: {},
    input: { layout: "nhwc", range: "0-255" },
  },
  "BGR from 0 to 255, channels last": {
    model: behind(
      nhwc,
      FLOAT,
      [toNchw("given", "moved"), node("Gather", ["moved", "turn"], ["turned"], { axis: 1 }), ...normalise("turned")],
      [...numbers, int64Vector("turn", [2, 1, 0])],
    ),
    given: { channels: "bgr" },
    input: { layout: "nhwc", channels: "bgr", range: "0-255" },
  },
  "0 to 1": {
    model: behind(nchw, FLOAT, [node("Sub", ["given", "mean"], ["centred"]), node("Div", ["centred", "sd"], ["image"])], numbers),
    given: {},
    input: { range: "0-1" },
  },
};

async function add(id: string, model: OnnxModel, given: Facts): Promise<InstalledModel> {
  const place = join(folder, id);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, "model.onnx"), writeModel(model));
  const facts = { labels: ["a", "b", "c", "d", "e"], ...given };
  return (await addModel(join(folder, "models"), { file: join(place, "model.onnx"), folder: place, name: id }, facts, threads))
    .model;
}

interface Maps {
  readonly probabilities: Float32Array;
  readonly vitCx: Float64Array;
  readonly gradient: Float32Array;
}

async function mapsOf(model: InstalledModel): Promise<Maps> {
  await using classifier = await openClassifier(model, threads);
  const image = await preprocess(picture, model.manifest.input);
  const { probabilities } = await classifier.classify(image);
  const steps = explain(classifier, image, { delta: 0.1, noiseSd: 0.1, seed: 0 });
  let step = await steps.next();
  while (!step.done) step = await steps.next();
  const target = probabilities.indexOf(Math.max(...probabilities));
  const vitCx = saliencyOf(ofClass(step.value, target), { height: 32, width: 32 }).data;
  const images = { shape: [1, ...image.shape], data: image.data };
  const found = await classifier.differentiate!(images, target, ["image-gradient"]);
  return { probabilities, vitCx, gradient: found["image-gradient"].data };
}

describe("The same network, exported to take", () => {
  let expected: Maps;
  beforeAll(async () => {
    expected = await mapsOf(await add("plain", plain, { mean, sd }));
  });

  test.for(Object.entries(FORMS))(
    "%s, is recognised, says the same, and has the same maps",
    async ([name, { model, given, input }]) => {
      const installed = await add(name.replaceAll(/\W+/g, "-"), model, given);
      const { manifest } = installed;
      const { layout, channels, range } = manifest.input;
      expect(JSON.parse(JSON.stringify({ layout, channels, range }))).toEqual(input);
      expect(manifest.input).toMatchObject({ mean, sd });
      const maps = await mapsOf(installed);
      maps.probabilities.forEach((value, i) => expect(value).toBeCloseTo(expected.probabilities[i]!, 4));
      expect(pearson(maps.vitCx, expected.vitCx)).toBeGreaterThan(0.99);
      expect(pearson(maps.gradient, expected.gradient)).toBeGreaterThan(0.99);
      expect(passed(await verifyModel(installed, picture, threads))).toBe(true);
    },
  );
});

test("A network of grey images gets the picture's luma, with noise of the same spread", async () => {
  const three = [node("Concat", ["given", "given", "given"], ["image"], { axis: 1 })];
  const model = await add("grey", behind(["batch", 1, 32, 32], FLOAT, three), { mean: [0.5, 0.5, 0.5], sd: [0.25, 0.25, 0.25] });
  expect(model.manifest.input.channels).toBe("gray");
  const image = await preprocess(picture, model.manifest.input);
  const [r, g, b] = [0, 1, 2].map((channel) => [...image.data.subarray(1024 * channel, 1024 * (channel + 1))]);
  expect(r).toEqual(g);
  expect(g).toEqual(b);
  expect(passed(await verifyModel(model, picture, threads))).toBe(true);
  await expect(add("unequal", behind(["batch", 1, 32, 32], FLOAT, three), { mean, sd })).rejects.toThrow("three equal numbers");
});

test("What a graph does not tell is asked for: RGB or BGR where it turns its channels, mean and sd of what is normalised", async () => {
  const { model } = FORMS["BGR from 0 to 255, channels last"]!;
  expect(turnsChannels(new Graph(model))).toBe(true);
  await expect(add("asked", model, {})).rejects.toThrow("whether it takes RGB or BGR, for the graph turns its channels around");
  await expect(add("asked", plain, {})).rejects.toThrow("--range 0-255 or 0-1 where the graph normalises by itself");
});

test("Pixels as a file has them, said by mean and sd, become a range, so that noise is not lost in it", async () => {
  const raw: Facts = { mean: [0, 0, 0], sd: [1 / 255, 1 / 255, 1 / 255] };
  const { manifest } = await add("raw", behind(nchw, FLOAT, normalise("given"), numbers), raw);
  expect(manifest.input).toMatchObject({ range: "0-255", mean, sd });
});

test.for([
  [["batch", 3, 32, 32], {}, { layout: "nchw", channels: "rgb", range: "normalised" }],
  [["batch", 32, 32, 3], {}, { layout: "nhwc", channels: "rgb" }],
  [["batch", 32, 32, 1], {}, { layout: "nhwc", channels: "gray" }],
  [["batch", 1, "h", "w"], {}, { layout: "nchw", channels: "gray", size: [null, null] }],
  [["batch", "c", "h", "w"], {}, { layout: "nchw", channels: "rgb" }],
  [["batch", "h", "w", "c"], { layout: "nhwc", channels: "bgr" }, { layout: "nhwc", channels: "bgr" }],
] as const)("An input %j with %j is %j", ([shape, stated, expected]) => {
  const graph = new Graph(withGraph(plain, { input: [floatTensor("image", shape)] }));
  expect(imageInput(graph, stated)).toMatchObject(expected);
});

test.for([
  [["batch", 3, 32, 32], FLOAT, { channels: "gray" }, 'the input "image" has 3 channels, which cannot be gray'],
  [["batch", 1, 32, 32], FLOAT, { channels: "bgr" }, "has 1 channel, which cannot be bgr"],
  [["batch", 3, 32, 32], BYTES, { range: "0-1" }, "whole numbers of 8 bits, which range from 0 to 255, not 0-1"],
  [["batch", 4, 32, 32], FLOAT, {}, "with 3 or 1 channels, got [any, 4, 32, 32]"],
  [["batch", 3, 32, 32], 7, {}, "float32 (1), float16 (10) or uint8 (2), got element type 7"],
] as const)("An input %j of type %j with %j is refused", ([shape, type, stated, sentence]) => {
  const graph = new Graph(withGraph(plain, { input: [typed(floatTensor("image", shape), type)] }));
  expect(() => imageInput(graph, stated)).toThrow(expect.objectContaining({ code: "MODEL_UNUSABLE" }));
  expect(() => imageInput(graph, stated)).toThrow(sentence);
});

test("A graph that takes normalised pixels shows no range", () => {
  expect(recogniseRange(new Graph(plain))).toBeUndefined();
});
