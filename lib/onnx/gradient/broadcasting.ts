import type { Rule } from "./rule.ts";
import type { Writer } from "./writer.ts";

/**
 * The gradient of a tensor that was broadcast: the sum over the axes along which it was repeated,
 *
 *     ∂L/∂x = Σ_repeated ∂L/∂(x broadcast),   of the shape of x.
 *
 * Where the graph does not tell which axes these are, they are found while it runs, so that free dimensions may be of any size.
 *
 * @param to x, a tensor of the graph given
 * @param like a tensor of the graph given that has the gradient's shape
 */
export function sumTo(write: Writer, gradient: string, to: string, like: string): string {
  const axes = repeatedAxes(write, to, like);
  if (axes?.length === 0) return gradient;
  const shape = write.shape(to);
  if (axes) {
    const sum = write.op("ReduceSum", [gradient, write.integers(axes)], { keepdims: 1 });
    return write.shapeOf(to)!.length === write.shapeOf(like)!.length ? sum : write.op("Reshape", [sum, shape]);
  }
  const leading = write.op("Sub", [write.rank(gradient), write.rank(to)]);
  const padded = write.op("Concat", [write.op("Expand", [write.integers([1]), leading]), shape], { axis: 0 });
  const repeated = write.op("NonZero", [write.op("Not", [write.op("Equal", [padded, write.shape(gradient)])])]);
  const found = write.op("Squeeze", [repeated, write.integers([0])]);
  const sum = write.op("ReduceSum", [gradient, found], { keepdims: 1, noop_with_empty_axes: 1 });
  return write.op("Reshape", [sum, shape]);
}

/** The axes of `like` along which `to` is repeated to have its shape; undefined where the graph does not tell. */
function repeatedAxes(write: Writer, to: string, like: string): number[] | undefined {
  if (to === like) return [];
  const [small, large] = [write.shapeOf(to), write.shapeOf(like)];
  if (!small || !large) return undefined;
  const lengths = large.map((length, axis) => [small[axis - large.length + small.length] ?? 1, length] as const);
  if (lengths.some(([own, length]) => own !== 1 && own !== length)) return undefined;
  return lengths.flatMap(([own, length], axis) => (axis >= large.length - small.length && own === length ? [] : [axis]));
}

/** A rule for an operator whose inputs broadcast, made of one that writes their gradients in the output's shape. */
export function broadcasting(rule: Rule): Rule {
  return (differentiated) => {
    const { x, y, write, graph } = differentiated;
    const others = (i: number) => x.filter((_, j) => j !== i);
    // Beside constants of one number an input has the output's shape, whatever that is.
    const isNumber = (tensor: string) => graph.weightShape(tensor)?.length === 0;
    return rule(differentiated).map(
      (pull, i) => pull && (() => sumTo(write, pull(), x[i]!, others(i).every(isNumber) ? x[i]! : y)),
    );
  };
}
