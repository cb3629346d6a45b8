import { integer } from "../../graph.ts";
import { sumTo } from "../broadcasting.ts";
import { copied, type Differentiated, notDifferentiable, type Rules, text } from "../rule.ts";
import type { Attributes } from "../writer.ts";

/** ONNX Runtime's product that transposes its matrices itself, whatever their number of axes. */
const FUSED = "com.microsoft::FusedMatMul";

export const PRODUCTS: Rules = {
  MatMul: matrixProduct,
  [FUSED]: matrixProduct,
  Gemm: generalProduct,
  Einsum: einstein,
};

/** Y = α op(A) op(B), whose leading axes broadcast: ∂L/∂A = α G Bᵀ and ∂L/∂B = α Aᵀ G, transposed where A or B was. */
function matrixProduct({ node, x: [a, b], g, graph, write }: Differentiated) {
  if (integer(node, "transBatchA") || integer(node, "transBatchB")) throw notDifferentiable(node, "it transposes batches");
  for (const factor of [a, b]) {
    if (graph.weightShape(factor!)?.length === 1) throw notDifferentiable(node, `"${factor}" is a vector, not a matrix`);
  }
  const [transA, transB] = [integer(node, "transA") ?? 0, integer(node, "transB") ?? 0];
  const product = (left: string, right: string, flags: Attributes) =>
    write.op(FUSED, [left, right], { ...copied(node, ["alpha"]), ...flags });
  const toA = () => (transA ? product(b!, g, { transA: transB, transB: 1 }) : product(g, b!, { transA: 0, transB: 1 - transB }));
  const toB = () => (transB ? product(g, a!, { transA: 1, transB: transA }) : product(a!, g, { transA: 1 - transA, transB: 0 }));
  // A matrix of two axes repeats none of the other's.
  const isMatrix = (tensor: string) => graph.weightShape(tensor)?.length === 2;
  const [left, right] = [write.shapeOf(a!), write.shapeOf(b!)];
  const isAligned = left && right && left.slice(0, -2).join() === right.slice(0, -2).join();
  const spread = (gradient: string, to: string) => (isAligned ? gradient : sumTo(write, gradient, to, gradient));
  return [() => (isMatrix(b!) ? toA() : spread(toA(), a!)), () => (isMatrix(a!) ? toB() : spread(toB(), b!))];
}

/** Y = α op(A) op(B) + β C, of matrices. */
function generalProduct({ node, x: [a, b, c], y, g, write }: Differentiated) {
  const [transA, transB] = [integer(node, "transA") ?? 0, integer(node, "transB") ?? 0];
  const product = (left: string, right: string, flags: Attributes) =>
    write.op("Gemm", [left, right], { ...copied(node, ["alpha"]), ...flags });
  const beta = node.attribute.find(({ name }) => name === "beta")?.f ?? 1;
  return [
    () => (transA ? product(b!, g, { transA: transB, transB: 1 }) : product(g, b!, { transB: 1 - transB })),
    () => (transB ? product(g, a!, { transA: 1, transB: transA }) : product(a!, g, { transA: 1 - transA })),
    () => sumTo(write, write.op("Mul", [g, write.scalar(beta, c!)]), c!, y),
  ];
}

/**
 * Y = Σ A B … in Einstein's notation. A factor's gradient is the product of G with the other factors, its own indices left: every index
 * of it must be one of Y's or of another factor's, and only once in it.
 */
function einstein({ node, x, g, write }: Differentiated) {
  const equation = text(node, "equation", "").replaceAll(" ", "");
  const [left, output] = equation.split("->");
  const terms = left!.split(",");
  return x.map((_, i) => () => {
    const others = terms.filter((_, j) => j !== i);
    const known = [output ?? "", ...others].join("");
    const own = [...terms[i]!.replaceAll("...", "")];
    const plain = output !== undefined && !equation.includes("...") && new Set(own).size === own.length;
    if (!plain || own.some((index) => !known.includes(index))) {
      throw notDifferentiable(node, `no rule for the equation "${equation}"`);
    }
    const factors = x.filter((_, j) => j !== i);
    return write.op("Einsum", [g, ...factors], { equation: `${[output, ...others].join()}->${terms[i]}` });
  });
}
