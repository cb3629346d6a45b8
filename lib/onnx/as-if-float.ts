import { Graph } from "./graph.ts";
import { type OnnxModel, type OnnxNode, withGraph } from "./model.ts";

/** Which inputs of a quantised operator are those of the operator of floats that it stands for. */
const STANDS_FOR: Readonly<Record<string, { readonly operator: string; readonly inputs: readonly number[] }>> = {
  // Weights of 4 bits and fewer.
  MatMulNBits: { operator: "MatMul", inputs: [0, 1] },
  MatMulBnb4: { operator: "MatMul", inputs: [0, 1] },
  MatMulFpQ4: { operator: "MatMul", inputs: [0, 1] },
  // Activations whose scales are found as they come.
  MatMulInteger: { operator: "MatMul", inputs: [0, 1] },
  MatMulInteger16: { operator: "MatMul", inputs: [0, 1] },
  MatMulIntegerToFloat: { operator: "MatMul", inputs: [0, 1] },
  DynamicQuantizeMatMul: { operator: "MatMul", inputs: [0, 1] },
  ConvInteger: { operator: "Conv", inputs: [0, 1] },
  QAttention: { operator: "Attention", inputs: [0, 1, 2] },
  // Scales that are written in the file: those of an input stand behind it.
  QuantizeLinear: { operator: "Identity", inputs: [0] },
  QLinearMatMul: { operator: "MatMul", inputs: [0, 3] },
  QLinearConv: { operator: "Conv", inputs: [0, 3] },
  QGemm: { operator: "Gemm", inputs: [0, 3] },
  QLinearAdd: { operator: "Add", inputs: [0, 3] },
  QLinearMul: { operator: "Mul", inputs: [0, 3] },
  QLinearSoftmax: { operator: "Softmax", inputs: [0] },
  QLinearSigmoid: { operator: "Sigmoid", inputs: [0] },
  QLinearLeakyRelu: { operator: "LeakyRelu", inputs: [0] },
  QLinearReduceMean: { operator: "ReduceMean", inputs: [0] },
  QLinearAveragePool: { operator: "AveragePool", inputs: [0] },
  QLinearGlobalAveragePool: { operator: "GlobalAveragePool", inputs: [0] },
};
const FINDS_SCALES = "DynamicQuantizeLinear";
const DEQUANTIZES = "DequantizeLinear";

/**
 * A quantised model's graph as if it computed with floats, to be read and not to be run: each quantised operator is the one that it stands
 * for, and numbers go where they did, under the same names. Any other model is returned as it is.
 */
function asIfFloat(model: OnnxModel): OnnxModel {
  const { node } = model.graph;
  const isQuantised = ({ opType }: OnnxNode) => opType in STANDS_FOR || opType === FINDS_SCALES || opType === DEQUANTIZES;
  if (!node.some(isQuantised)) return model;
  // What is quantised as it comes is what it was before; without the node, its scale and its zero point depend on nothing that is fed.
  const before = new Map(
    node.filter(({ opType }) => opType === FINDS_SCALES).map(({ input, output }) => [output[0]!, input[0]!]),
  );
  const made = new Set([...model.graph.input.map(({ name }) => name), ...node.flatMap(({ output }) => output)]);
  const asFloat = (each: OnnxNode): OnnxNode => {
    const { operator, inputs } =
      each.opType === DEQUANTIZES && made.has(each.input[0]!)
        ? { operator: "Identity", inputs: [0] }
        : (STANDS_FOR[each.opType] ?? { operator: each.opType, inputs: [...each.input.keys()] });
    const input = inputs.map((index) => each.input[index] ?? "").map((tensor) => before.get(tensor) ?? tensor);
    return { ...each, opType: operator, input };
  };
  return withGraph(model, { node: node.filter(({ opType }) => opType !== FINDS_SCALES).map(asFloat) });
}

/** The graph of a model to read what it does; of a quantised one as if it computed with floats. */
export function readableGraph(model: OnnxModel): Graph {
  return new Graph(asIfFloat(model));
}

/** Whether a model quantises what it computes by scales of a whole batch, so that the images of a batch change each other's answers. */
export function hasBatchScales({ graph }: OnnxModel): boolean {
  return graph.node.some(({ opType }) => opType.startsWith("DynamicQuantize"));
}
