import { expect, test } from "vitest";
import { externalFiles } from "../../lib/onnx/external-data.ts";
import { declaredShape, Graph, integer, integers } from "../../lib/onnx/graph.ts";
import { floatTensor, int64Vector, node, withGraph } from "../../lib/onnx/model.ts";
import { tinyFile } from "../vit/tiny-models.ts";
import { readModel } from "./read-model.ts";
import { first } from "../first.ts";

const tiny = readModel(tinyFile("tiny_vit_op17.onnx"));

/** x → Mul by a weight → Add to itself reshaped → y, with the shape taken from x. */
const small = new Graph(
  withGraph(tiny, {
    input: [floatTensor("x", ["n", 0, 3]), floatTensor("weight", [1])],
    output: [floatTensor("y")],
    initializer: [int64Vector("weight", [1, 2, 3])],
    node: [
      node("Shape", ["x"], ["shape"]),
      node("Mul", ["x", "weight"], ["scaled"]),
      node("Reshape", ["scaled", "shape"], ["shaped"]),
      node("Add", ["shaped", "scaled"], ["y"]),
    ],
  }),
);

test("A graph knows who makes a tensor and who takes it", () => {
  expect(small.producer("scaled")?.opType).toBe("Mul");
  expect(small.producer("x")).toBeUndefined();
  expect(small.consumers("scaled").map(({ opType }) => opType)).toEqual(["Reshape", "Add"]);
  expect(["x", "weight", "shaped", "z"].map((name) => small.has(name))).toEqual([true, true, true, false]);
  expect(["sca", "wei", "z"].map((prefix) => small.isFree(prefix))).toEqual([false, false, true]);
});

test("An input with a default is not to be fed, and neither weights nor shapes depend on what is", () => {
  expect(small.inputs.map(({ name }) => name)).toEqual(["x"]);
  expect(small.nodes.map((each) => small.fedInputs(each))).toEqual([["x"], ["x"], ["scaled"], ["shaped", "scaled"]]);
});

test("The sources of a tensor are found along every path, through the operators given and no others", () => {
  expect(small.sources("y", new Set(["Add", "Reshape"]))).toEqual(["scaled"]);
  expect(small.sources("y", new Set(["Add"])).toSorted()).toEqual(["scaled", "shaped"]);
  expect(small.sources("y", new Set(["Add", "Reshape", "Mul"]))).toEqual(["x"]);
  expect(small.sources("y", new Set())).toEqual(["y"]);
});

test("Shapes and attributes are read from initializers, constants and declarations", () => {
  const graph = new Graph(tiny);
  expect(small.weightShape("weight")).toEqual([3]);
  expect(small.weightShape("scaled")).toBeUndefined();
  expect(graph.weightShape("/blocks.2/attn/Constant_6_output_0")).toEqual([3]);
  expect(declaredShape(small.inputs[0]!)).toEqual([null, null, 3]);
  expect(declaredShape(small.outputs[0]!)).toBeUndefined();
  const [convolution] = first(1, graph.nodes);
  expect([integers(convolution, "strides"), integer(convolution, "group"), integer(convolution, "other")]).toEqual([
    [8, 8],
    1,
    undefined,
  ]);
  expect(externalFiles(tiny)).toEqual([]);
});
