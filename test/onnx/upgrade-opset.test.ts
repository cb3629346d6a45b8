import { expect, test } from "vitest";
import { opsetOf } from "../../lib/onnx/model.ts";
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

test("A model of a newer operator set stays as it is", () => {
  const w = new GraphWriter(1);
  const model = w.model(w.op("Softmax", ["image"], { axis: -1 }), { size: 6, classes: 1, batch: 1, opset: 17 });
  expect(upgradeOpset(model)).toBe(model);
});
