import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Graph } from "../../lib/onnx/graph.ts";
import { node, withGraph } from "../../lib/onnx/model.ts";
import type { OnnxModel, OnnxNode } from "../../lib/onnx/model.ts";
import { findEmbeddings } from "../../lib/vit/graph/find-embeddings.ts";
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

  test("an attention of an unknown form beside known ones is told", () => {
    const mixing = vit.graph.node.find(({ opType, output }) => opType === "Softmax" && output[0]!.startsWith("/blocks.0"))!
      .input[0]!;
    const model = reroute(vit, mixing, (from, to) => [node("MatMul", [from, "onnx::MatMul_321"], [to])]);
    expect(() => findEmbeddings(new Graph(model))).toThrow('attention "/blocks.0/attn/Softmax_output_0" are not made by plain');
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

  test("an attention that reads no layer norm's output is told", () => {
    const model = withGraph(vit, {
      node: vit.graph.node.map((each) => (each.output[0] === embeddings ? node("Relu", [each.input[0]!], [embeddings]) : each)),
    });
    expect(() => findEmbeddings(new Graph(model))).toThrow(
      `"${embeddings}", what the attention "${softmax}" reads, is not a layer norm's`,
    );
  });

  test("queries that come from elsewhere than keys are told", () => {
    const model = reroute(vit, query, (_, to) => [node("MatMul", ["/blocks.1/Add_1_output_0", "onnx::MatMul_321"], [to])]);
    expect(() => findEmbeddings(new Graph(model))).toThrow(`attention "${softmax}" are projected from different tensors`);
  });

  test("queries made in an unknown way are told", () => {
    const model = reroute(vit, query, (from, to) => [node("Conv", [from, "weight"], [to])]);
    expect(() => findEmbeddings(new Graph(model))).toThrow(`attention "${softmax}" are not made by plain projections`);
  });

  test("a graph without attention is told, with the way out", () => {
    const model = withGraph(vit, { node: vit.graph.node.filter(({ opType }) => opType !== "Softmax") });
    expect(() => findEmbeddings(new Graph(model))).toThrow(
      expect.objectContaining({ code: "MODEL_UNUSABLE", message: expect.stringContaining("embedding.tensor in the manifest") }),
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
