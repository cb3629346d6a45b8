import { describe, expect, test } from "vitest";
import { appendGradients } from "../../../lib/onnx/gradient/append-gradients.ts";
import { floatTensor, withGraph } from "../../../lib/onnx/model.ts";
import { golden, goldenScalar, largestDifference } from "../../golden/golden.ts";
import { modelOf } from "./check-rule.ts";
import { differentiate, goldenModel } from "./differentiate.ts";

describe("whole models", () => {
  test.each(["tiny_vit_op17.onnx", "tiny_vit_op14_anon.onnx"])("%s: the input gradient of torch, to 1e-5", async (file) => {
    const { gradient } = await differentiate(goldenModel(file), golden("input"), goldenScalar("vitcx_vit/target"));
    expect(largestDifference(gradient, golden("grad/input_grad").data)).toBeLessThan(1e-5);
  });

  // Along its own direction a function's slope is the length of its gradient.
  test.each(["tiny_swin_op17.onnx", "tiny_deit_distilled_op16.onnx"])(
    "%s: the slope along the gradient, to 0.2 %%",
    async (file) => {
      const { gradient, logitAt } = await differentiate(goldenModel(file), golden("input"), 5);
      const length = Math.hypot(...gradient);
      const along = (by: number) => golden("input").data.map((value, i) => value + (by * gradient[i]!) / length);
      const slope = ((await logitAt(along(0.02))) - (await logitAt(along(-0.02)))) / 0.04;
      expect(Math.abs(slope / length - 1)).toBeLessThan(0.002);
    },
  );
});

describe("what is appended", () => {
  const seeded = (write: Parameters<typeof modelOf>[0]["write"], inputs: number[][] = [[2, 3]]) => {
    const model = modelOf({ inputs, write });
    return { y: model.graph.output[0]!.name, model: withGraph(model, { input: [...model.graph.input, floatTensor("seed")] }) };
  };
  const appendedTo = ({ model, y }: ReturnType<typeof seeded>, of: string[]) => {
    const changed = appendGradients(model, { seeds: new Map([[y, "seed"]]), of });
    return { gradients: changed.gradients, nodes: changed.model.graph.node.slice(model.graph.node.length) };
  };

  test("only what is needed: nothing behind an intermediate tensor, nothing for another input", () => {
    let middle = "";
    const graph = seeded((w) => w.op("Mul", [(middle = w.op("Exp", ["x0"])), w.op("Erf", ["x1"])]), [[2], [2]]);
    const { nodes } = appendedTo(graph, [middle]);
    expect(nodes.map(({ opType }) => opType)).not.toContain("Exp");
    expect(nodes.filter(({ opType }) => opType === "Mul")).toHaveLength(1);
  });

  test("a tensor's own gradient where it is the seeded one", () => {
    const graph = seeded((w) => w.op("Neg", ["x0"]));
    expect(appendedTo(graph, [graph.y]).gradients.get(graph.y)).toBe("seed");
  });

  test("nothing through integers and truth values", () => {
    const graph = seeded((w) => {
      const sign = w.op("Cast", [w.op("Cast", ["x0"], { to: 7 })], { to: 1 });
      return w.op("Add", [w.op("Mul", ["x0", sign]), w.op("Cast", [w.op("Greater", ["x0", sign])], { to: 1 })]);
    });
    const { nodes } = appendedTo(graph, ["x0"]);
    expect(nodes.filter(({ opType }) => opType === "Mul")).toHaveLength(1);
    expect(nodes.map(({ opType }) => opType)).not.toContain("Cast");
  });

  test("no name of the graph twice, also when it is differentiated again", () => {
    const { model, y } = seeded((w) => w.op("Exp", [w.op("Exp", ["x0"])]));
    const once = appendGradients(model, { seeds: new Map([[y, "seed"]]), of: ["x0"] });
    const first = once.gradients.get("x0")!;
    const twice = appendGradients(once.model, { seeds: new Map([[first, "seed"]]), of: ["x0"] });
    const names = twice.model.graph.node.flatMap(({ output }) => output);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("refusals", () => {
  const refused = (write: Parameters<typeof modelOf>[0]["write"], of = "x0", opset = 17) => {
    const model = modelOf({ inputs: [[2, 4]], write }, opset);
    return expect(() => appendGradients(model, { seeds: new Map([[model.graph.output[0]!.name, "x0"]]), of: [of] }));
  };

  test("an operator without a rule, by operator and node", () => {
    refused((w) => w.op("Hardmax", ["x0"])).toThrow(
      'the operator Hardmax of the node that makes "Hardmax_0_0" cannot be differentiated: there is no rule for it',
    );
  });
  test("a fused operator of ONNX Runtime, with its domain", () => {
    refused((w) => w.op("FusedConv", ["x0", w.weight([1, 1, 1, 1])], {}, "com.microsoft")).toThrow(
      "the operator com.microsoft::FusedConv",
    );
  });
  test("an operator without a rule that is not on the way is passed over", () => {
    const model = modelOf({ inputs: [[2], [2]], write: (w) => w.op("Add", ["x0", w.op("Hardmax", ["x1"])]) });
    expect(() => appendGradients(model, { seeds: new Map([["Add_1_0", "x0"]]), of: ["x0"] })).not.toThrow();
    expect(() => appendGradients(model, { seeds: new Map([["Add_1_0", "x0"]]), of: ["x1"] })).toThrow("Hardmax");
  });
  test("a tensor that the result does not depend on", () => {
    refused((w) => w.op("Cast", [w.op("Cast", ["x0"], { to: 7 })], { to: 1 })).toThrow('does not depend on "x0"');
  });
  test("a tensor that is not there", () => {
    refused((w) => w.op("Exp", ["x0"]), "y").toThrow('the graph has no tensor "y"');
  });
  test("what a rule cannot do, and where a newer operator set would help", () => {
    refused((w) => w.op("Gather", ["x0", w.vector([1, 1])]), "x0", 13).toThrow("export the model with operator set 16");
    refused((w) => w.op("Pad", ["x0", w.vector([1, 1, 1, 1])], { mode: "reflect" })).toThrow("the input's own numbers");
  });
});
