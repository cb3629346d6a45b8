import { create } from "@bufbuild/protobuf";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { expect } from "vitest";
import { appendGradients } from "../../../lib/onnx/gradient/append-gradients.ts";
import { floatTensor, type OnnxModel, withGraph, writeModel } from "../../../lib/onnx/model.ts";
import { GraphWriter } from "../../vit/graph-writer.ts";
import { GraphProtoSchema } from "../../../lib/onnx/onnx_pb.ts";

export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** A node to differentiate, of inputs of these shapes. */
export interface RuleCase {
  readonly inputs: readonly (readonly number[])[];
  /** Writes the node, of inputs x0, x1 …; returns the name of its output. */
  readonly write: (writer: GraphWriter) => string;
  /** The same function in float64, where the operator is neither linear in each input nor linear by pieces. */
  readonly reference?: (...inputs: readonly Numbers[]) => ArrayLike<number>;
  /** From, to: the numbers that the inputs are drawn from; default −2 to 2. */
  readonly range?: readonly [number, number];
  readonly opset?: number;
}

/** Step of central differences, and how far two numbers of an input lie apart: exact in float32, and below any kink. */
const STEP = 1 / 64;
const APART = 1 / 16;
/** In float64 the error of a central difference, of the order of step², is far below float32's. */
const SMALL_STEP = 1e-5;

/**
 * Holds the gradient of Σ g · y, with random g, against central differences: of the operator itself in ONNX Runtime, exact where it is
 * linear by pieces, or of a float64 reference.
 */
export async function checkRule(rule: RuleCase, seed: number, tolerance = 2e-5): Promise<void> {
  const { inputs, reference, range = [-2, 2], opset = 17 } = rule;
  // What the graph tells of lengths is used; it must not be needed.
  const model = modelOf(rule, opset, seed % 2 === 0);
  const y = model.graph.output[0]!.name;
  const random = uniform(seed);
  const values = inputs.map((shape) => ({ shape, data: distinct(sizeOf(shape), range, random) }));
  const forward = await InferenceSession.create(writeModel(model), { logSeverityLevel: 4 });
  const made = (await forward.run(feeds(values)))[y]!;
  const g: Numbers = {
    shape: made.dims,
    data: Float64Array.from({ length: made.size }, () => Math.round(random() * 32 - 16) / 8),
  };
  const loss = async (changed: readonly Numbers[]) => {
    const out = reference ? reference(...changed) : ((await forward.run(feeds(changed)))[y]!.data as Float32Array);
    return g.data.reduce((sum, weight, i) => sum + weight * out[i]!, 0);
  };
  const gradients = await gradientsOf(model, y, values, g);
  const step = reference ? SMALL_STEP : STEP;
  for (const [i, { data }] of values.entries()) {
    expect(gradients[i]!.dims).toEqual(inputs[i]);
    const largest = Math.max(1, ...(gradients[i]!.data as Float32Array).map(Math.abs));
    for (let j = 0; j < data.length; j++) {
      const moved = async (by: number) => {
        const changed = values.map((each, k) => (k === i ? { ...each, data: each.data.with(j, data[j]! + by) } : each));
        return loss(changed);
      };
      const difference = ((await moved(step)) - (await moved(-step))) / (2 * step);
      const error = Math.abs((gradients[i]!.data[j] as number) - difference) / largest;
      if (!(error < tolerance)) {
        expect.fail(`∂/∂x${i}[${j}] of [${inputs.join("], [")}]: expected ${difference}, got ${gradients[i]!.data[j]}`);
      }
    }
  }
  await forward.release();
}

/** A model of one node, all of whose dimensions are free, or declared. */
export function modelOf({ inputs, write }: Pick<RuleCase, "inputs" | "write">, opset = 17, isDeclared = false): OnnxModel {
  const writer = new GraphWriter(1);
  const y = write(writer);
  const model = writer.model(y, { size: 1, classes: 1, batch: 1, opset });
  const free = (name: string, rank: number) =>
    floatTensor(
      name,
      Array.from({ length: rank }, (_, i) => `${name}_${i}`),
    );
  const graph = Object.assign(create(GraphProtoSchema), model.graph, {
    input: inputs.map((shape, i) => (isDeclared ? floatTensor(`x${i}`, shape) : free(`x${i}`, shape.length))),
    output: [floatTensor(y)],
  });
  return Object.assign(model, { graph });
}

async function gradientsOf(model: OnnxModel, y: string, values: readonly Numbers[], g: Numbers) {
  const seeded = withGraph(model, { input: [...model.graph.input, floatTensor("seed")] });
  const of = values.map((_, i) => `x${i}`);
  const differentiated = appendGradients(seeded, { seeds: new Map([[y, "seed"]]), of });
  const names = of.map((name) => differentiated.gradients.get(name)!);
  const output = [...new Set(names)].map((name) => floatTensor(name));
  const session = await InferenceSession.create(writeModel(withGraph(differentiated.model, { output })), { logSeverityLevel: 4 });
  const answers = await session.run({ ...feeds(values), seed: tensor(g) });
  await session.release();
  return names.map((name) => answers[name]);
}

function feeds(values: readonly Numbers[]) {
  return Object.fromEntries(values.map((each, i) => [`x${i}`, tensor(each)]));
}

function tensor({ shape, data }: Numbers) {
  return new OrtTensor("float32", Float32Array.from(data), shape);
}

/** Numbers at least APART from each other where there is room for that, and none at 0 or another whole number: kinks lie there. */
function distinct(count: number, [from, to]: readonly [number, number], random: () => number): Float64Array {
  const room = Math.floor((to - from) / APART);
  const places = Array.from({ length: Math.max(room, count) }, (_, i) => i % room);
  for (let i = places.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [places[i], places[j]] = [places[j]!, places[i]!];
  }
  return Float64Array.from({ length: count }, (_, i) => from + (places[i]! + 0.5) * APART);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** xorshift32 (Marsaglia 2003), 0 … 1. */
function uniform(seed: number): () => number {
  let state = (seed * 2 + 1) | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
