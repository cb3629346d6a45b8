import type { Rule } from "./rule.ts";
import type { Writer } from "./writer.ts";

/**
 * The gradient of a tensor that was broadcast: the sum over the axes along which it was repeated,
 *
 *     ∂L/∂x = Σ_repeated ∂L/∂(x broadcast),   of the shape of x.
 *
 * Shapes are read while the graph runs, so that free dimensions may be of any size.
 */
export function sumTo(write: Writer, gradient: string, tensor: string): string {
  const [to, from] = [write.shape(tensor), write.shape(gradient)];
  const leading = write.op("Sub", [write.rank(gradient), write.rank(tensor)]);
  const padded = write.op("Concat", [write.op("Expand", [write.integers([1]), leading]), to], { axis: 0 });
  const repeated = write.op("NonZero", [write.op("Not", [write.op("Equal", [padded, from])])]);
  const axes = write.op("Squeeze", [repeated, write.integers([0])]);
  const sum = write.op("ReduceSum", [gradient, axes], { keepdims: 1, noop_with_empty_axes: 1 });
  return write.op("Reshape", [sum, to]);
}

/**
 * A rule for an operator whose inputs broadcast, made of one that writes their gradients in the output's shape. Beside a constant of
 * one number an input has the output's shape already.
 */
export function broadcasting(rule: Rule): Rule {
  return (differentiated) => {
    const { x, write, graph } = differentiated;
    const others = (i: number) => x.filter((_, j) => j !== i);
    const isNumber = (tensor: string) => graph.weightShape(tensor)?.length === 0;
    return rule(differentiated).map(
      (pull, i) => pull && (() => (others(i).every(isNumber) ? pull() : sumTo(write, pull(), x[i]!))),
    );
  };
}
