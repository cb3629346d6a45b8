import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Graph } from "../../lib/onnx/graph.ts";
import { floatTensor, int64Vector, node, withGraph, writeModel } from "../../lib/onnx/model.ts";
import { readModel } from "./read-model.ts";

const file = readFileSync(new URL("../golden/models/tiny_vit_op17.onnx", import.meta.url));

/** Field 14 of ModelProto, `metadata_props`, which our schema leaves out: one entry, key "a". */
const metadata = Uint8Array.of((14 << 3) | 2, 3, (1 << 3) | 2, 1, 97);

test("A model that is read and written is the same model, to what the schema does not know", () => {
  const bytes = Uint8Array.from([...file, ...metadata]);
  const written = writeModel(readModel(bytes));
  expect(written.length).toBe(bytes.length);
  expect(Buffer.from(written).includes(Buffer.from(metadata))).toBe(true);
  expect(readModel(written).graph.node).toEqual(readModel(bytes).graph.node);
  expect(Buffer.compare(writeModel(readModel(written)), written)).toBe(0);
});

test("A model of an operator set before 11 is refused, with what to do", () => {
  const model = readModel(file);
  model.opsetImport[0]!.version = 10n;
  expect(() => readModel(writeModel(model))).toThrow("the file uses operator set 10; export it with operator set 17");
});

test("An edited graph is written as it was built, and the model it was built from stays", () => {
  const model = readModel(file);
  const edited = withGraph(model, {
    input: [floatTensor("x", ["batch", 3, 4]), floatTensor("any")],
    node: [node("Concat", ["x", "sizes"], ["y"], { axis: -1, mode: "wide" })],
    initializer: [int64Vector("sizes", [1, -2])],
  });
  const { graph } = readModel(writeModel(edited));
  expect(graph.node[0]).toMatchObject({ opType: "Concat", input: ["x", "sizes"], output: ["y"] });
  expect(graph.node[0]!.attribute).toMatchObject([
    { name: "axis", type: 2, i: -1n },
    { name: "mode", type: 3, s: new TextEncoder().encode("wide") },
  ]);
  expect(graph.initializer[0]).toMatchObject({ name: "sizes", dims: [2n], int64Data: [1n, -2n] });
  expect(graph.input[0]!.type?.value.value?.shape?.dim.map(({ value }) => value.value)).toEqual(["batch", 3n, 4n]);
  expect(graph.input[1]!.type?.value.value?.shape).toBeUndefined();
  expect(new Graph(model).nodes.length).toBe(234);
});
