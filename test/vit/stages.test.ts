import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FLOAT32, floatTensor, node, withGraph } from "../../lib/onnx/model.ts";
import type { OnnxModel, OnnxNode } from "../../lib/onnx/model.ts";
import { readFloats, withFloats } from "../../lib/onnx/tensor-bytes.ts";
import { stagesOfModel } from "../../lib/vit/graph/randomise.ts";
import { shapedModel, vitSmall } from "./shaped-models.ts";
import { shapedSwin, swinSmall } from "./shaped-swin.ts";
import { tinyFile } from "./tiny-models.ts";
import { readModel } from "../onnx/read-model.ts";
import { first } from "../first.ts";

const CLASSES = 10;
const vit = readModel(tinyFile("tiny_vit_op17.onnx"));

/** The weights of a stage that have names of their own, without what torch renames. */
function named(model: OnnxModel, stage: string, classes = CLASSES): string[] {
  const { weights } = stagesOfModel(model, classes).find(({ name }) => name === stage)!;
  return weights.filter((weight) => !weight.startsWith("onnx::")).toSorted();
}

const sizes = (model: OnnxModel, classes = CLASSES) => stagesOfModel(model, classes).map(({ weights }) => weights.length);

test.for([
  ["tiny_vit_op17.onnx", "blocks.", 3, ["cls_token", "patch_embed.proj.bias", "patch_embed.proj.weight", "pos_embed"]],
  [
    "tiny_deit_distilled_op16.onnx",
    "blocks.",
    3,
    ["cls_token", "dist_token", "patch_embed.proj.bias", "patch_embed.proj.weight", "pos_embed"],
  ],
] as const)("The stages of %s are those that its weights' names tell of", ([file, prefix, depth, embedding]) => {
  const model = readModel(tinyFile(file));
  const stages = stagesOfModel(model, CLASSES).map(({ name }) => name);
  expect(stages).toEqual(["head", "block 3", "block 2", "block 1", "embedding"]);
  expect(named(model, "embedding")).toEqual(embedding);
  for (let block = 1; block <= depth; block++) {
    const own = named(model, `block ${block}`);
    expect(own.every((name) => name.startsWith(`${prefix}${block - 1}.`))).toBe(true);
    expect(own).toHaveLength(8);
  }
  expect(named(model, "head")).toEqual(expect.arrayContaining(["head.bias", "head.weight", "norm.bias", "norm.weight"]));
  // With the matrices that torch has transposed and renamed: nothing is left over.
  expect(sizes(model).reduce((sum, size) => sum + size)).toBe(model.graph.initializer.filter(isFloat).length);
});

test("In a Swin all blocks are stages, with the patches' merging at the end of each hierarchy's", () => {
  const model = readModel(tinyFile("tiny_swin_op17.onnx"));
  expect(sizes(model)).toHaveLength(7);
  const blocks = ["0.0", "0.1", "1.0", "1.1", "2.0"];
  blocks.forEach((block, i) => {
    const own = named(model, `block ${i + 1}`).filter((name) => !name.startsWith("merges."));
    expect(own.every((name) => name.startsWith(`layers.${block}.`))).toBe(true);
    expect(own).toHaveLength(8);
  });
  expect(named(model, "block 2")).toEqual(expect.arrayContaining(["merges.0.norm.bias", "merges.0.norm.weight"]));
  expect(named(model, "block 4")).toEqual(expect.arrayContaining(["merges.1.norm.bias", "merges.1.norm.weight"]));
});

test("Names play no part", () => {
  expect(sizes(readModel(tinyFile("tiny_vit_op14_anon.onnx")))).toEqual(sizes(vit));
});

const forms = (["fused", "decomposed", "with the sum"] as const).flatMap((norm) =>
  (["plain", "Attention", "MultiHeadAttention", "Attention-23"] as const).map((attention) => ({ norm, attention })),
);

test.for([
  ...forms,
  { head: "two tokens", prefix: 2 } as const,
  { head: "mean", prefix: 0 } as const,
  { output: "probabilities" } as const,
  { batch: 1 } as const,
])("A model is taken apart where it was put together: %o", (form) => {
  const model = shapedModel({ ...vitSmall, ...form });
  expect(inOrder(model)).toEqual(weightsOf(model));
  const [head, ...others] = sizes(model, vitSmall.classes);
  const blocks = others.slice(0, -1);
  expect(head).toBe("head" in form && form.head === "two tokens" ? 6 : 4);
  // Two norms, an attention of two maps or four, an MLP of two; each map with a bias.
  expect(blocks).toEqual(Array(3).fill("attention" in form && form.attention === "Attention" ? 12 : 16));
});

test.for(["fused", "decomposed"] as const)("A Swin is, too: norm %s", (norm) => {
  const model = shapedSwin({ ...swinSmall, norm });
  // But for the mask of a shifted window, which is one of its block's constants.
  expect(inOrder(model)).toEqual(weightsOf(model));
  expect(sizes(model, swinSmall.classes)).toEqual([4, 17, 21, 17, 20, 3]);
});

test("A weight that two stages share is the one's that is nearer to the scores", () => {
  const model = readModel(readFileSync(new URL("exports/vit-half-precision.onnx", import.meta.url)));
  const stages = stagesOfModel(model, CLASSES);
  expect(stages[0]!.weights).toContain("m.blocks.0.norm1.weight");
  expect(new Set(stages.flatMap(({ weights }) => weights)).size).toBe(stages.flatMap(({ weights }) => weights).length);
});

test("Weights may be Constants, and pass through other nodes", async () => {
  const weight = vit.graph.initializer.find(({ name }) => name === "head.weight")!;
  const constant = node("Constant", [], ["head.constant"]);
  const t = withFloats({ ...weight, name: "" }, await readFloats(weight, ""));
  constant.attribute.push({ $typeName: "onnx.AttributeProto", name: "value", type: 4, t } as (typeof constant.attribute)[number]);
  const model = withGraph(vit, {
    initializer: vit.graph.initializer.filter((each) => each !== weight),
    node: [
      constant,
      node("Identity", ["head.constant"], ["head.again"]),
      node("Cast", ["head.again"], ["head.weight"], { to: FLOAT32 }),
      ...vit.graph.node,
    ],
  });
  expect(named(model, "head")).toEqual(["head.bias", "head.constant", "norm.bias", "norm.weight"]);
});

test("What shifts, scales or resizes the picture is no weight", () => {
  const picture = vit.graph.input[0]!.name;
  const three = shapedConstants([1, 3, 1, 1], "mean", "sd").concat(shapedConstants([4], "scales"));
  const model = withGraph(vit, {
    input: [floatTensor("picture", ["batch", 3, 64, 64])],
    initializer: [...vit.graph.initializer, ...three],
    node: [
      node("Resize", ["picture", "", "scales"], ["resized"]),
      node("Sub", ["resized", "mean"], ["centred"]),
      node("Div", ["centred", "sd"], [picture]),
      ...vit.graph.node,
    ],
  });
  expect(sizes(model)).toEqual(sizes(vit));
});

test("A head that attends to the tokens, with a sum of its own, is all head", () => {
  const [tokens, pooled] = ["/norm/LayerNormalization_output_0", "pool/out"];
  const consumers = vit.graph.node.map((each): OnnxNode =>
    Object.assign({}, each, { input: each.input.map((name) => (name === tokens ? pooled : name)) }),
  );
  const last = consumers.findIndex(({ output }) => output.includes(tokens));
  const head = [
    node("MatMul", ["asks", tokens], ["pool/scores"]),
    node("Softmax", ["pool/scores"], ["pool/softmax"]),
    node("MatMul", ["pool/softmax", tokens], ["pool"]),
    node("MatMul", ["pool", "mix"], ["pool/mixed"]),
    node("Add", ["pool", "pool/mixed"], [pooled]),
  ];
  const model = withGraph(vit, {
    initializer: [...vit.graph.initializer, ...shapedConstants([48, 48], "asks", "mix")],
    node: [...consumers.slice(0, last + 1), ...head, ...consumers.slice(last + 1)],
  });
  expect(named(model, "head")).toEqual(["asks", "head.bias", "head.weight", "mix", "norm.bias", "norm.weight"]);
  expect(sizes(model).slice(1)).toEqual(sizes(vit).slice(1));
});

test("A model without attention, and one whose weights are no floats, are refused", () => {
  const none = withGraph(vit, { node: vit.graph.node.filter(({ opType }) => opType !== "Softmax") });
  expect(() => stagesOfModel(none, CLASSES)).toThrow(expect.objectContaining({ code: "MODEL_UNUSABLE" }));
  const initializer = vit.graph.initializer.filter(({ name }) => !/^(head|norm)\./.test(name));
  const headless = withGraph(vit, { initializer });
  expect(() => stagesOfModel(headless, CLASSES)).toThrow(/found no weights of its head/);
});

const isFloat = ({ dataType }: OnnxModel["graph"]["initializer"][number]) => dataType === FLOAT32;

/** The names of a shaped model's weights in the order in which it was written, from the image to the scores. */
function weightsOf({ graph }: OnnxModel): string[] {
  return graph.initializer.filter((each) => isFloat(each) && each.dims.length > 0).map(({ name }) => name);
}

/** The same as the stages have them. */
function inOrder(model: OnnxModel): string[] {
  return stagesOfModel(model, vitSmall.classes)
    .toReversed()
    .flatMap(({ weights }) => weights);
}

function shapedConstants(shape: readonly number[], ...names: string[]) {
  const [tensor] = first(1, vit.graph.initializer);
  const numbers = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(0.5);
  return names.map((name) => withFloats({ ...tensor, name, dims: shape.map(BigInt) }, new Uint8Array(numbers.buffer)));
}
