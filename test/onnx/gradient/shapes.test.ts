import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { inferShapes } from "../../../lib/onnx/gradient/shapes.ts";
import { declaredShape } from "../../../lib/onnx/graph.ts";
import { FLOAT32, floatTensor, node, type OnnxModel, withGraph, writeModel } from "../../../lib/onnx/model.ts";
import { shapedModel, vitSmall } from "../../vit/shaped-models.ts";
import { shapedSwin, swinSmall } from "../../vit/shaped-swin.ts";
import { tinyGraphs } from "../../vit/tiny-models.ts";
import { goldenModel } from "./differentiate.ts";

const models: Readonly<Record<string, () => OnnxModel>> = {
  ...Object.fromEntries(tinyGraphs.map(({ file }) => [file, () => goldenModel(file)])),
  "a ViT as shaped here": () => shapedModel(vitSmall),
  "a ViT with norms written out": () => shapedModel({ ...vitSmall, norm: "decomposed", head: "mean" }),
  "a Swin as shaped here": () => shapedSwin(swinSmall),
};

describe.each(Object.keys(models))("the shapes of %s", (name) => {
  const model = models[name]!();
  const shapeOf = inferShapes(model);
  const inner = model.graph.node.flatMap(({ output }) => output).filter((tensor) => tensor !== "");

  test.each([1, 3])("are those of a run on %i images, and equal lengths have equal names", async (batch) => {
    const real = await shapesOf(model, inner, batch);
    const named = new Map<string, number>();
    for (const tensor of inner) {
      const told = shapeOf(tensor);
      const values = told?.map((length, axis) => {
        if (typeof length === "number") return length;
        const value = named.get(length) ?? real.get(tensor)![axis]!;
        named.set(length, value);
        return value;
      });
      if (values) expect(values, `${tensor}: [${told?.join(", ")}]`).toEqual(real.get(tensor));
    }
  });
  test("are known of most tensors", () => {
    expect(inner.filter((tensor) => shapeOf(tensor)).length / inner.length).toBeGreaterThan(0.95);
  });
});

/** The shapes of all these tensors in a run on black images. */
async function shapesOf(model: OnnxModel, tensors: readonly string[], batch: number): Promise<Map<string, number[]>> {
  const nodes = tensors.flatMap((tensor, i) => [
    node("Shape", [tensor], [`shape ${i}`]),
    node("Cast", [`shape ${i}`], [`shape ${i} as floats`], { to: FLOAT32 }),
  ]);
  const names = tensors.map((_, i) => `shape ${i} as floats`);
  const asked = withGraph(model, {
    node: [...model.graph.node, ...nodes],
    output: names.map((name) => floatTensor(name)),
  });
  const session = await InferenceSession.create(writeModel(asked), { logSeverityLevel: 4 });
  const input = model.graph.input[0]!;
  const dims = declaredShape(input)!.map((length) => length ?? batch);
  const pixels = new Float32Array(dims.reduce((product, length) => product * length, 1));
  const found = await session.run({ [input.name]: new Tensor("float32", pixels, dims) });
  await session.release();
  return new Map(tensors.map((tensor, i) => [tensor, [...(found[names[i]!]!.data as Float32Array)]]));
}
