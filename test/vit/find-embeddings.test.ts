import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Graph } from "../../lib/onnx/graph.ts";
import { node, withGraph } from "../../lib/onnx/model.ts";
import type { OnnxModel, OnnxNode } from "../../lib/onnx/model.ts";
import { findEmbeddings, readBlocks } from "../../lib/vit/graph/find-embeddings.ts";
import { tinyFile, tinyGraphs } from "./tiny-models.ts";
import { readModel } from "../onnx/read-model.ts";

test.for(tinyGraphs)("In $file the patch embeddings are $tensor", ({ file, tensor }) => {
  expect(findEmbeddings(new Graph(readModel(tinyFile(file))))).toBe(tensor);
});

test("In emoji-vit the patch embeddings are the tensor that its manifest names", () => {
  const folder = new URL("../../models/emoji-vit/", import.meta.url);
  const { embedding } = JSON.parse(readFileSync(new URL("manifest.json", folder), "utf8"));
  expect(findEmbeddings(new Graph(readModel(readFileSync(new URL("model.onnx", folder)))))).toBe(embedding.tensor);
});

describe("A graph written in another way", () => {
  const vit = readModel(tinyFile("tiny_vit_op17.onnx"));
  const embeddings = "/blocks.2/norm1/LayerNormalization_output_0";
  const softmax = "/blocks.2/attn/Softmax_output_0";
  const query = "/blocks.2/attn/Squeeze_output_0";

  test("its dropout and casts after the softmax do not hide an attention", () => {
    const model = reroute(vit, softmax, (from, to) => [
      node("Cast", [from], ["cast"], { to: 1 }),
      node("Dropout", ["cast"], [to]),
    ]);
    expect(findEmbeddings(new Graph(model))).toBe(embeddings);
  });

  test("its queries may be normalised and turned by their positions", () => {
    const model = reroute(vit, query, (from, to) => [
      node("LayerNormalization", [from, "query.scale"], ["normalised"]),
      node("Mul", ["normalised", "cos"], ["a"]),
      node("Neg", ["normalised"], ["turned"]),
      node("Mul", ["turned", "sin"], ["b"]),
      node("Add", ["a", "b"], [to]),
    ]);
    expect(findEmbeddings(new Graph(model))).toBe(embeddings);
  });

  test("its own softmax at the end is no attention", () => {
    const model = reroute(vit, "logits", (from, to) => [node("Softmax", [from], [to], { axis: -1 })]);
    expect(findEmbeddings(new Graph(model))).toBe(embeddings);
  });

  test("a pooling head that asks with a learned query is no block", () => {
    const tokens = "/norm/LayerNormalization_output_0";
    const head = [
      node("MatMul", ["learned", tokens], ["pool/scores"]),
      node("Softmax", ["pool/scores"], ["pool/softmax"]),
      node("MatMul", ["pool/softmax", tokens], ["pooled"]),
    ];
    expect(findEmbeddings(new Graph(withGraph(vit, { node: [...vit.graph.node, ...head] })))).toBe(embeddings);
  });

  const unknownIn = (block: number) => {
    const squeezed = `/blocks.${block}/attn/Squeeze_output_0`;
    return reroute(vit, squeezed, (from, to) => [node("Softplus", [from], [to])]);
  };

  test("an attention of an unknown form is a warning, unless its block is the one to take", () => {
    expect(findEmbeddings(new Graph(unknownIn(0)))).toBe(embeddings);
    expect(readBlocks(new Graph(unknownIn(0))).map(({ problem }) => problem !== undefined)).toEqual([true, false, false]);
    expect(() => findEmbeddings(new Graph(unknownIn(2)))).toThrow(
      `in the last block: the queries of the attention "${softmax}" are not made by a plain projection`,
    );
  });

  test("heads mixed by a weight before and after the softmax do not hide an attention", () => {
    const before = vit.graph.node.find(({ output }) => output[0] === softmax)!.input[0]!;
    const mix = (from: string, to: string) => [
      node("Transpose", [from], [`${to}/heads last`]),
      node("MatMul", [`${to}/heads last`, "mixing"], [`${to}/mixed`]),
      node("Transpose", [`${to}/mixed`], [to]),
    ];
    expect(findEmbeddings(new Graph(reroute(reroute(vit, before, mix), softmax, mix)))).toBe(embeddings);
  });

  test("a block that normalises after its attention hands on sums of what is normalised", () => {
    const model = withGraph(vit, {
      node: vit.graph.node.map((each) =>
        each.output[0] === embeddings
          ? node("Add", [each.input[0]!, "/blocks.1/norm1/LayerNormalization_output_0"], [embeddings])
          : each,
      ),
    });
    expect(findEmbeddings(new Graph(model))).toBe(embeddings);
  });

  test("what the queries are projected from is taken, be it a layer norm's output or another's", () => {
    const model = withGraph(vit, {
      node: vit.graph.node.map((each) => (each.output[0] === embeddings ? node("Tanh", [each.input[0]!], [embeddings]) : each)),
    });
    expect(findEmbeddings(new Graph(model))).toBe(embeddings);
  });

  test("keys and values of a reduced map leave the choice to the queries", () => {
    const keys = "/blocks.2/attn/Squeeze_1_output_0";
    const model = reroute(vit, keys, (_, to) => [
      node("Conv", [embeddings, "kernel"], ["reduced"]),
      node("LayerNormalization", ["reduced", "scale"], ["reduced norm"]),
      node("MatMul", ["reduced norm", "onnx::MatMul_321"], [to]),
    ]);
    expect(findEmbeddings(new Graph(model))).toBe(embeddings);
  });

  test("products of queries and relative positions beside those of queries and keys leave them what they are", () => {
    const scores = vit.graph.node.find(({ output }) => output[0] === softmax)!.input[0]!;
    const model = reroute(vit, scores, (from, to) => [
      node("MatMul", [query, "positions"], ["relative"]),
      node("Add", [from, "relative"], [to]),
    ]);
    expect(findEmbeddings(new Graph(model))).toBe(embeddings);
  });

  test("queries that are normalised over the batch or pooled after their projection are followed back", () => {
    const model = reroute(vit, query, (from, to) => [
      node("Conv", [from, "kernel"], ["pooled"]),
      node("BatchNormalization", ["pooled", "a", "b", "c", "d"], [to]),
    ]);
    expect(findEmbeddings(new Graph(model))).toBe(embeddings);
  });

  test("a convolution between the norm and the queries' projection, as CvT's, is gone through", () => {
    const model = withGraph(vit, {
      node: vit.graph.node.flatMap((each) =>
        each.input[0] === embeddings
          ? [node("Conv", [embeddings, "kernel"], ["convolved"]), { ...each, input: ["convolved", ...each.input.slice(1)] }]
          : [each],
      ),
    });
    expect(findEmbeddings(new Graph(model))).toBe(embeddings);
  });

  test("a graph without attention is told, and no tensor to name is spoken of", () => {
    const model = withGraph(vit, { node: vit.graph.node.filter(({ opType }) => opType !== "Softmax") });
    const refusal = () => findEmbeddings(new Graph(model));
    expect(refusal).toThrow(expect.objectContaining({ code: "MODEL_UNUSABLE" }));
    expect(refusal).toThrow(/^the graph has no attention by a softmax: (?!.*--embedding)/);
  });

  test("a softmax inside that is no known attention is not denied", () => {
    const model = reroute(vit, "logits", (from, to) => [node("Sigmoid", [from], [to])]);
    const squeezed = withGraph(model, {
      node: [...model.graph.node.filter(({ opType }) => opType !== "Softmax"), node("Softmax", ["logits/original"], ["gate"])],
    });
    expect(() => findEmbeddings(new Graph(squeezed))).toThrow(
      /none of the graph's 1 softmaxes .* --embedding on the command line/,
    );
  });
});

/** Puts nodes between a tensor and all that take it. */
function reroute(model: OnnxModel, tensor: string, between: (from: string, to: string) => OnnxNode[]): OnnxModel {
  const original = `${tensor}/original`;
  const nodes = model.graph.node.flatMap((each) =>
    each.output.includes(tensor)
      ? [{ ...each, output: each.output.map((name) => (name === tensor ? original : name)) }, ...between(original, tensor)]
      : [each],
  );
  return withGraph(model, { node: nodes });
}
