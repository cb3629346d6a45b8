import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readableGraph } from "../../lib/onnx/as-if-float.ts";
import { floatConstant, node, withGraph, writeModel } from "../../lib/onnx/model.ts";
import type { OnnxModel, OnnxNode, OnnxTensor } from "../../lib/onnx/model.ts";
import { TensorProtoSchema } from "../../lib/onnx/onnx_pb.ts";
import { addModel } from "../../lib/vit/catalog/add.ts";
import { findLack } from "../../lib/vit/catalog/abilities.ts";
import { passed, verifyModel } from "../../lib/vit/catalog/verify.ts";
import { findEmbeddings } from "../../lib/vit/graph/find-embeddings.ts";
import { shapedModel, vitSmall } from "./shaped-models.ts";
import { shapedSwin, swinSmall } from "./shaped-swin.ts";

const picture = await readFile(fileURLToPath(new URL("../../models/emoji-vit/examples/crab.png", import.meta.url)));
const threads = { threads: 1 };
const [UINT8, INT8] = [2, 3];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterAll(() => rm(folder, { recursive: true }));

function bytes(name: string, dataType: number, dims: readonly number[], byteAt: (i: number) => number): OnnxTensor {
  const rawData = Uint8Array.from({ length: dims.reduce((product, size) => product * size, 1) }, (_, i) => byteAt(i));
  return Object.assign(create(TensorProtoSchema, { name }), { dataType, dims: dims.map(BigInt), rawData });
}

/** Looks like noise, the same each time. */
const noise = (i: number) => (Math.imul(i + 1, 2_654_435_761) >>> 24) & 255;

interface Written {
  readonly nodes: OnnxNode[];
  readonly constants: OnnxTensor[];
}

/** Writes the product of x and a weight [rows, columns] as a quantiser does; the weights are noise. */
type Form = (x: string, output: string, size: { rows: number; columns: number }) => Written;

const microsoft = (each: OnnxNode): OnnxNode => Object.assign(each, { domain: "com.microsoft" });

const dynamic: Form = (x, output, { rows, columns }) => ({
  nodes: [
    node("DynamicQuantizeLinear", [x], [`${output}/q`, `${output}/s`, `${output}/z`]),
    node("MatMulInteger", [`${output}/q`, `${output}/w`, `${output}/z`, `${output}/wz`], [`${output}/integers`]),
    node("Cast", [`${output}/integers`], [`${output}/floats`], { to: 1 }),
    node("Mul", [`${output}/s`, `${output}/ws`], [`${output}/scales`]),
    node("Mul", [`${output}/floats`, `${output}/scales`], [output]),
  ],
  constants: [
    bytes(`${output}/w`, INT8, [rows, columns], noise),
    bytes(`${output}/wz`, INT8, [], () => 0),
    floatConstant(`${output}/ws`, [], [0.001]),
  ],
});

const nBits: Form = (x, output, { rows, columns }) => {
  const blocks = Math.ceil(rows / 16);
  return {
    nodes: [
      microsoft(
        node("MatMulNBits", [x, `${output}/w`, `${output}/s`], [output], { K: rows, N: columns, bits: 4, block_size: 16 }),
      ),
    ],
    constants: [
      bytes(`${output}/w`, UINT8, [columns, blocks, 8], noise),
      floatConstant(
        `${output}/s`,
        [columns * blocks],
        Array.from({ length: columns * blocks }, () => 0.02),
      ),
    ],
  };
};

const bnb4: Form = (x, output, { rows, columns }) => {
  const count = rows * columns;
  return {
    nodes: [
      microsoft(
        node("MatMulBnb4", [x, `${output}/w`, `${output}/s`], [output], { K: rows, N: columns, block_size: 16, quant_type: 1 }),
      ),
    ],
    constants: [
      bytes(`${output}/w`, UINT8, [Math.ceil(count / 2)], noise),
      floatConstant(
        `${output}/s`,
        [Math.ceil(count / 16)],
        Array.from({ length: Math.ceil(count / 16) }, () => 0.1),
      ),
    ],
  };
};

const scales = (output: string) => [
  floatConstant(`${output}/xs`, [], [0.04]),
  bytes(`${output}/xz`, UINT8, [], () => 128),
  floatConstant(`${output}/ws`, [], [0.001]),
  bytes(`${output}/wz`, INT8, [], () => 0),
];
const quantised = (x: string, output: string) => node("QuantizeLinear", [x, `${output}/xs`, `${output}/xz`], [`${output}/q`]);

const qdq: Form = (x, output, { rows, columns }) => ({
  nodes: [
    quantised(x, output),
    node("DequantizeLinear", [`${output}/q`, `${output}/xs`, `${output}/xz`], [`${output}/x`]),
    node("DequantizeLinear", [`${output}/w`, `${output}/ws`, `${output}/wz`], [`${output}/weight`]),
    node("MatMul", [`${output}/x`, `${output}/weight`], [output]),
  ],
  constants: [bytes(`${output}/w`, INT8, [rows, columns], noise), ...scales(output)],
});

const qOperators: Form = (x, output, { rows, columns }) => {
  const operands = [`${output}/q`, `${output}/xs`, `${output}/xz`, `${output}/w`, `${output}/ws`, `${output}/wz`];
  return {
    nodes: [
      quantised(x, output),
      node("QLinearMatMul", [...operands, `${output}/xs`, `${output}/xz`], [`${output}/y`]),
      node("DequantizeLinear", [`${output}/y`, `${output}/xs`, `${output}/xz`], [output]),
    ],
    constants: [bytes(`${output}/w`, INT8, [rows, columns], noise), ...scales(output)],
  };
};

/** A model with every product of tokens and weights written in a form. */
function inForm(model: OnnxModel, form: Form): OnnxModel {
  const constants: OnnxTensor[] = [];
  const nodes = model.graph.node.flatMap((each) => {
    const weight = model.graph.initializer.find(({ name }) => name === each.input[1]);
    if (each.opType !== "MatMul" || !weight) return [each];
    const [rows, columns] = weight.dims.map(Number) as [number, number];
    const written = form(each.input[0]!, each.output[0]!, { rows, columns });
    constants.push(...written.constants);
    return written.nodes;
  });
  return withGraph(model, { node: nodes, initializer: [...model.graph.initializer, ...constants] });
}

const plain = shapedModel({ ...vitSmall, patch: 4 });

test.for([
  ["dynamic int8", dynamic, 1],
  ["4 bits in blocks", nBits, "any"],
  ["4 bits of bitsandbytes", bnb4, "any"],
  ["static, quantised and dequantised", qdq, "any"],
  ["static, of quantised operators", qOperators, "any"],
] as const)("A model quantised as %s is added, and the probe on it is the model itself", async ([name, form, batch]) => {
  const id = name.replaceAll(/\W+/g, "-");
  const place = join(folder, id);
  await mkdir(place);
  await writeFile(join(place, "model.onnx"), writeModel(inForm(plain, form)));
  const source = { file: join(place, "model.onnx"), folder: place, name: id };
  const half: [number, number, number] = [0.5, 0.5, 0.5];
  const given = { labels: ["a", "b", "c", "d", "e"], mean: half, sd: half };
  const { model, inspection } = await addModel(join(folder, "models"), source, given, threads);
  expect(inspection.embedding).toEqual({
    tensor: findEmbeddings(readableGraph(plain)),
    grid: [8, 8],
    prefixTokens: 1,
    channels: 24,
  });
  expect(inspection.blocks.map(({ problem }) => problem)).toEqual([undefined, undefined, undefined]);
  expect(inspection.input.batch).toBe(batch);
  const verification = await verifyModel(model, picture, threads);
  expect(passed(verification)).toBe(true);
  expect(verification.classes[0]!.probability).toBeGreaterThan(verification.classes[4]!.probability);
  expect(await findLack(model, "gradients")).not.toBeNull();
});

test("The stages of a quantised hierarchy are told as those of floats", () => {
  const swin = shapedSwin(swinSmall);
  for (const form of [dynamic, nBits, qdq]) {
    expect(findEmbeddings(readableGraph(inForm(swin, form)))).toBe(findEmbeddings(readableGraph(swin)));
  }
});

test("A graph of floats is read as it is", () => {
  expect(readableGraph(plain).nodes).toBe(plain.graph.node);
});
