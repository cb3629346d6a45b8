import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { appendGradients } from "../../lib/onnx/gradient/append-gradients.ts";
import { floatTensor, opsetOf, withGraph } from "../../lib/onnx/model.ts";
import { AttributeProtoSchema } from "../../lib/onnx/onnx_pb.ts";
import { upgradeOpset } from "../../lib/onnx/upgrade-opset.ts";
import { Session } from "../../lib/vit/runtime/session.ts";
import { GraphWriter } from "../vit/graph-writer.ts";

/** Every operator whose form changed between the sets 11 and 13, in the older form. */
const graphs: Readonly<Record<string, (w: GraphWriter) => string>> = {
  "Squeeze and Unsqueeze": (w) => w.op("Squeeze", [w.op("Unsqueeze", ["image"], { axes: [0, 3] })], { axes: [3] }),
  "Squeeze of all axes of length 1": (w) => w.op("Squeeze", [w.op("Unsqueeze", ["image"], { axes: [1] })]),
  ReduceSum: (w) => w.op("ReduceSum", ["image"], { axes: [2, 3], keepdims: 0 }),
  "ReduceSum of everything": (w) => w.op("ReduceSum", ["image"], { keepdims: 1 }),
  Split: (w) => w.op("Add", w.ops("Split", ["image"], 2, { axis: 3, split: [3, 3] })),
  "Split in equal parts": (w) => w.op("Add", w.ops("Split", ["image"], 2, { axis: 2 })),
  "Softmax over the last axis": (w) => w.op("Softmax", ["image"], { axis: 3 }),
  "Softmax over the last axis, counted from the end": (w) => w.op("Softmax", ["image"], { axis: -1 }),
  "Softmax over three axes together": (w) => w.op("Softmax", ["image"]),
  "LogSoftmax over two axes together": (w) => w.op("LogSoftmax", ["image"], { axis: 2 }),
  "Softmax of a tensor whose axes are known from a Reshape": (w) =>
    w.op("Softmax", [w.op("Reshape", ["image", w.vector([1, 6, -1])])], { axis: 1 }),
  // Without its ratio, which set 12 does not know as an attribute.
  Dropout: (w) => w.op("Dropout", ["image"]),
  "Resize by sizes": (w) => {
    const nothing = w.constant([0], new Float32Array());
    return w.op("Resize", ["image", nothing, nothing, w.vector([1, 3, 8, 7])], { mode: "linear" });
  },
};

test.for(Object.entries(graphs).flatMap(([name, write]) => [11, 12].map((opset) => [name, opset, write] as const)))(
  "%s of operator set %i gives the same numbers in set 13",
  async ([, opset, write]) => {
    const w = new GraphWriter(1);
    const output = write(w);
    const model = w.model(output, { size: 6, classes: 1, batch: 1, opset });
    // Of any shape.
    model.graph.output[0]!.type!.value.value!.shape = undefined as never;
    const upgraded = upgradeOpset(model);
    expect(opsetOf(upgraded)).toBe(13);
    const data = Float32Array.from({ length: 3 * 6 * 6 }, (_, i) => Math.sin(i));
    const [before, after] = await Promise.all(
      [model, upgraded].map(async (each) => {
        await using session = await Session.open(each, ".");
        return (await session.run({ image: { shape: [1, 3, 6, 6], data } }, [output]))[output]!;
      }),
    );
    expect(after).toEqual(before);
  },
);

test.for(Object.entries(graphs))("%s can be differentiated once it is of set 13", async ([, write]) => {
  const w = new GraphWriter(1);
  const output = write(w);
  const upgraded = upgradeOpset(w.model(output, { size: 6, classes: 1, batch: 1, opset: 11 }));
  const { model, gradients } = appendGradients(upgraded, { seeds: new Map([[output, output]]), of: ["image"] });
  const gradient = gradients.get("image")!;
  await using session = await Session.open(withGraph(model, { output: [floatTensor(gradient)] }), ".");
  const image = { shape: [1, 3, 6, 6], data: new Float32Array(3 * 6 * 6).fill(0.5) };
  expect((await session.run({ image }, [gradient]))[gradient]!.shape).toEqual(image.shape);
});

test("The branches of an If are upgraded too", async () => {
  const graphOf = (write: (w: GraphWriter) => string) => {
    const w = new GraphWriter(1);
    const model = w.model(write(w), { size: 6, classes: 1, batch: 1, opset: 12 });
    model.graph.output[0]!.type!.value.value!.shape = undefined as never;
    return model;
  };
  const branch = graphOf((w) => w.op("ReduceSum", ["image"], { axes: [1], keepdims: 0 })).graph;
  Object.assign(branch, { input: [] });
  const model = graphOf((w) => w.op("If", [w.op("Greater", [w.op("ReduceMean", ["image"], { keepdims: 0 }), w.scalar(1000)])]));
  const attribute = ["then_branch", "else_branch"].map((name) => create(AttributeProtoSchema, { name, type: 5, g: branch }));
  Object.assign(model.graph.node.at(-1)!, { attribute });
  const output = model.graph.output[0]!.name;
  const image = { shape: [1, 3, 6, 6], data: Float32Array.from({ length: 3 * 6 * 6 }, (_, i) => Math.sin(i)) };
  const [before, after] = await Promise.all(
    [model, upgradeOpset(model)].map(async (each) => {
      await using session = await Session.open(each, ".");
      return (await session.run({ image }, [output]))[output]!;
    }),
  );
  expect(after!.shape).toEqual([1, 6, 6]);
  expect(after).toEqual(before);
});

test("A model of a newer operator set stays as it is", () => {
  const w = new GraphWriter(1);
  const model = w.model(w.op("Softmax", ["image"], { axis: -1 }), { size: 6, classes: 1, batch: 1, opset: 17 });
  expect(upgradeOpset(model)).toBe(model);
});
