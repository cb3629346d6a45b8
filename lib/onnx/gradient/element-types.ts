import { declaredType, integer } from "../graph.ts";
import type { OnnxModel, OnnxNode } from "../model.ts";

/** Numbers of TensorProto.DataType. */
const [FLOAT32, INT64, BOOL] = [1, 7, 9];
/** float32, float16, float64, bfloat16. */
const FLOATS = new Set([1, 10, 11, 16]);

/** Outputs whose type is not that of the first input. */
const FIXED: Readonly<Record<string, number>> = {
  ...Object.fromEntries("Shape Size ArgMax ArgMin NonZero".split(" ").map((operator) => [operator, INT64])),
  ...Object.fromEntries(
    "Equal Greater GreaterOrEqual Less LessOrEqual Not And Or Xor IsNaN IsInf".split(" ").map((operator) => [operator, BOOL]),
  ),
};
/** Operators whose type is that of a later input. */
const LATER: Readonly<Record<string, number>> = { Where: 1, OneHot: 2, DequantizeLinear: 1 };

/** The element type of every tensor of a graph, a number of TensorProto.DataType; float32 where nothing tells. */
export function elementTypes({ graph }: OnnxModel): (tensor: string) => number {
  const types = new Map<string, number>();
  for (const info of [...graph.valueInfo, ...graph.input]) {
    const type = declaredType(info);
    if (type) types.set(info.name, type);
  }
  for (const { name, dataType } of graph.initializer) types.set(name, dataType);
  for (const node of graph.node) {
    node.output.forEach((tensor, i) => types.set(tensor, typeOf(node, i, types)));
  }
  return (tensor) => types.get(tensor) ?? FLOAT32;
}

export function isFloat(type: number): boolean {
  return FLOATS.has(type);
}

function typeOf(node: OnnxNode, output: number, types: ReadonlyMap<string, number>): number {
  const { opType, input, attribute } = node;
  const written = attribute.find(({ name }) => name === "value")?.t;
  if (opType === "Constant" || opType === "ConstantOfShape") {
    if (written) return written.dataType;
    return attribute.some(({ name }) => name.startsWith("value_int")) ? INT64 : FLOAT32;
  }
  if (opType === "Cast") return integer(node, "to") ?? FLOAT32;
  if ((opType === "TopK" || opType === "MaxPool") && output === 1) return INT64;
  return FIXED[opType] ?? types.get(input[LATER[opType] ?? 0]!) ?? FLOAT32;
}
