import { declaredShape, declaredType } from "../../onnx/graph.ts";
import type { Graph } from "../../onnx/graph.ts";
import { FLOAT16, FLOAT32, floatConstant, int64Vector, node, UINT8 } from "../../onnx/model.ts";
import type { OnnxNode, OnnxTensor } from "../../onnx/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Manifest } from "../catalog/manifest.ts";
import { notImages, unusable } from "../unusable.ts";

type Input = Manifest["input"];
export type ImageLayout = NonNullable<Input["layout"]>;
export type ImageChannels = NonNullable<Input["channels"]>;
export type ImageRange = NonNullable<Input["range"]>;

/** The image among a graph's inputs. */
export interface ImageInput {
  readonly name: string;
  /** Its element type: FLOAT32, FLOAT16 or UINT8. */
  readonly type: number;
  readonly layout: ImageLayout;
  readonly channels: ImageChannels;
  readonly range: ImageRange;
  /** H and W, `null` where one is free. */
  readonly size: readonly [height: number | null, width: number | null];
  /** Whether it takes one image at a time and no more. */
  readonly single: boolean;
}

/** What can be stated of the input beside its graph. */
export interface StatedInput {
  readonly layout?: ImageLayout | undefined;
  readonly channels?: ImageChannels | undefined;
  readonly range?: ImageRange | undefined;
}

const COLOURS = 3;
const TYPES: Readonly<Record<number, string>> = { [FLOAT32]: "float32", [FLOAT16]: "float16", [UINT8]: "uint8" };
const BYTE = 255;

/**
 * The input of an image classifier. Channels last are recognised by a last axis of 3 or 1, grey images by one channel, and whole
 * numbers of 8 bits are 0 … 255; all else is stated, or RGB, normalised, with the channels first.
 *
 * @throws CodedError MODEL_UNUSABLE where the graph's inputs are not one batch of such images
 */
export function imageInput(graph: Graph, stated: StatedInput = {}): ImageInput {
  const [input, ...others] = graph.inputs;
  if (!input || others.length > 0) {
    throw notImages(`expected one input, the image; the graph has ${listed(graph.inputs.map(({ name }) => name))}`);
  }
  const type = declaredType(input);
  if (type === undefined || !(type in TYPES)) {
    throw notImages(`expected the input "${input.name}" to be float32 (1), float16 (10) or uint8 (2), got element type ${type}`);
  }
  const dims = declaredShape(input) ?? [null, null, null, null];
  const [batch = null, first = null, second = null, third = null] = dims;
  const isCount = (size: number | null) => size === COLOURS || size === 1;
  const layout = stated.layout ?? (isCount(third) && !isCount(first) ? "nhwc" : "nchw");
  const [count, height, width] = layout === "nhwc" ? [third, first, second] : [first, second, third];
  if (dims.length !== 4 || (count !== null && !isCount(count))) {
    const expected = "[batch, 3, height, width] or [batch, height, width, 3], with 3 or 1 channels";
    throw notImages(`expected the input "${input.name}" to be ${expected}, got [${listed(dims)}]`);
  }
  if (typeof batch === "number" && batch > 1) {
    throw unusable(`the graph takes batches of exactly ${batch}; export the model again with a dynamic batch axis`);
  }
  const channels = stated.channels ?? (count === 1 ? "gray" : "rgb");
  if (count !== null && (channels === "gray") !== (count === 1)) {
    throw unusable(`the input "${input.name}" has ${count} channel${count === 1 ? "" : "s"}, which cannot be ${channels}`);
  }
  const range = stated.range ?? (type === UINT8 ? "0-255" : "normalised");
  if (type === UINT8 && range !== "0-255") {
    throw unusable(`the input "${input.name}" is of whole numbers of 8 bits, which range from 0 to 255, not ${range}`);
  }
  return { name: input.name, type, layout, channels, range, size: [height, width], single: batch === 1 };
}

/** What puts pixels elsewhere, before anything is done with their numbers. */
const MOVES = new Set("Cast Transpose Slice Gather Reshape Squeeze Unsqueeze Identity Concat Split".split(" "));

/**
 * The range that a graph's first arithmetic shows: it divides by 255 or about half of that, multiplies by the inverse, or takes off the
 * mean of pixels. Undefined where it shows none, as that of a graph that takes normalised pixels.
 */
export function recogniseRange(graph: Graph): ImageRange | undefined {
  const met = new Set<string>();
  const open = graph.inputs.slice(0, 1).map(({ name }) => name);
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    for (const each of met.has(tensor) ? [] : graph.consumers(tensor)) {
      if (MOVES.has(each.opType)) open.push(...each.output);
      else return rangeBehind(graph, each);
    }
    met.add(tensor);
  }
  return undefined;
}

/** Whether a graph turns the order of its channels around before anything else: then it takes BGR, or its network wants it. */
export function turnsChannels(graph: Graph): boolean {
  const [input] = graph.inputs;
  const isTurn = ({ opType, input: [, indices = "", , axes = "", steps = ""] }: OnnxNode) =>
    opType === "Slice"
      ? graph.weightIntegers(steps)?.join() === "-1" && isChannelAxis(graph.weightIntegers(axes)?.[0])
      : opType === "Gather" && graph.weightIntegers(indices)?.join() === "2,1,0";
  for (let tensor = input?.name; tensor !== undefined;) {
    const [next, ...others]: readonly OnnxNode[] = graph.consumers(tensor);
    if (!next || others.length > 0 || !(MOVES.has(next.opType) || NORMALISES.has(next.opType))) return false;
    if (isTurn(next)) return true;
    tensor = next.output[0];
  }
  return false;
}

const NORMALISES = new Set(["Div", "Mul", "Sub", "Add"]);

function isChannelAxis(axis: number | undefined): boolean {
  return axis === 1 || axis === 3 || axis === -1 || axis === -3;
}

function rangeBehind(graph: Graph, first: OnnxNode): ImageRange | undefined {
  const [image, ...others] = graph.fedInputs(first);
  const constant = first.input.find((tensor) => tensor !== image);
  const values = (constant === undefined || others.length > 0 ? undefined : graph.weightFloats(constant)) ?? [];
  const all = (least: number, most: number) => values.length > 0 && values.every((value) => value >= least && value <= most);
  if (first.opType === "Div" && all(100, 256)) return "0-255";
  if (first.opType === "Mul" && all(1 / 256, 1 / 100)) return "0-255";
  if (first.opType === "Sub" && all(50, 200)) return "0-255";
  if (first.opType === "Add" && all(-200, -50)) return "0-255";
  if (first.opType === "Sub" && all(0.2, 0.8)) return "0-1";
  return undefined;
}

/** The name of an input's element type. */
export function typeName({ type }: Pick<ImageInput, "type">): "float32" | "float16" | "uint8" {
  return TYPES[type] as "float32" | "float16" | "uint8";
}

/** The sizes of so many images, as a graph takes them. */
export function shapeOfImages<Count extends number | string>(
  { layout, channels }: Pick<ImageInput, "layout" | "channels">,
  count: Count,
  { height, width }: Pick<Input, "height" | "width">,
): (number | Count)[] {
  const depth = channels === "gray" ? 1 : COLOURS;
  return layout === "nhwc" ? [count, height, width, depth] : [count, depth, height, width];
}

/** Nodes and constants to put into a graph. */
export interface Head {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
}

/**
 * Nodes that make a graph's input of normalised images [B, 3, H, W]: for a range, x · sd + mean and times 255, what lies outside of it
 * cut off and rounded for whole numbers; the first of three equal channels for grey; the order of channels and axes.
 *
 * @param as the element type in place of the input's own, for a derivative cannot pass whole numbers, nor their limits
 */
export function imageHead(
  from: string,
  input: Pick<ImageInput, "name" | "type" | "layout" | "channels" | "range">,
  { mean, sd }: Pick<Input, "mean" | "sd">,
  as: number = input.type,
): Head {
  const { layout, channels, range } = input;
  const nodes: OnnxNode[] = [];
  const constants: OnnxTensor[] = [];
  let last = from;
  const step = (operator: string, more: OnnxTensor[], attributes: Record<string, number | readonly number[]> = {}) => {
    const output = `${from}/${operator}`;
    nodes.push(node(operator, [last, ...more.map(({ name }) => name)], [output], attributes));
    constants.push(...more);
    last = output;
  };
  const perChannel = (name: string, values: readonly number[]) => floatConstant(`${from}/${name}`, [1, COLOURS, 1, 1], values);
  if (range !== "normalised") {
    const scale = range === "0-255" ? BYTE : 1;
    step("Mul", [
      perChannel(
        "scale",
        sd.map((value) => value * scale),
      ),
    ]);
    step("Add", [
      perChannel(
        "shift",
        mean.map((value) => value * scale),
      ),
    ]);
  }
  if (channels !== "rgb") step("Gather", [int64Vector(`${from}/channels`, channels === "gray" ? [0] : [2, 1, 0])], { axis: 1 });
  if (as === UINT8) {
    step("Clip", [floatConstant(`${from}/least`, [], [0]), floatConstant(`${from}/most`, [], [BYTE])]);
    step("Round", []);
  }
  if (layout === "nhwc") step("Transpose", [], { perm: [0, 2, 3, 1] });
  nodes.push(node("Cast", [last], [input.name], { to: as }));
  return { nodes, constants };
}

/**
 * A normalised image [3, H, W] as a graph takes it, in float32 as the nodes of `imageHead` compute it, so that both round to the same
 * whole numbers.
 */
export function asGraphTakes(image: Tensor, input: ImageInput, { mean, sd }: Pick<Input, "mean" | "sd">): Tensor {
  const [, height, width] = image.shape as [number, number, number];
  const area = height * width;
  const source = { rgb: [0, 1, 2], bgr: [2, 1, 0], gray: [0] }[input.channels];
  const scale = input.range === "0-255" ? BYTE : 1;
  const value = (channel: number, pixel: number) => {
    const normalised = image.data[channel * area + pixel]!;
    if (input.range === "normalised") return normalised;
    const scaled = Math.fround(normalised * Math.fround(sd[channel]! * scale));
    const ranged = Math.fround(scaled + Math.fround(mean[channel]! * scale));
    return input.type === UINT8 ? roundHalfToEven(Math.min(BYTE, Math.max(0, ranged))) : ranged;
  };
  const data = new Float32Array(source.length * area);
  source.forEach((channel, i) => {
    for (let pixel = 0; pixel < area; pixel++) {
      data[input.layout === "nhwc" ? pixel * source.length + i : i * area + pixel] = value(channel, pixel);
    }
  });
  return { shape: shapeOfImages(input, 1, { height, width }), data };
}

function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

export function listed(items: readonly (string | number | null)[]): string {
  return items.length === 0 ? "none" : items.map((item) => item ?? "any").join(", ");
}
