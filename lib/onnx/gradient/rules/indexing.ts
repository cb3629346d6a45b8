import { integer } from "../../graph.ts";
import { type Differentiated, notDifferentiable, type Rules } from "../rule.ts";
import type { Writer } from "../writer.ts";

/** The oldest operator set in which what is scattered can be added up. */
const ADDING_OPSET = 16;

/** Operators that take numbers from some places of a tensor, or put them there. */
export const INDEXING: Rules = {
  Slice: slice,
  Gather: gather,
  GatherElements: ({ node, x, g, write }) => [
    () => {
      const zeros = write.filled(0, write.shape(x[0]!), x[0]!);
      const axis = integer(node, "axis") ?? 0;
      return write.op("ScatterElements", [zeros, x[1]!, g], { axis, ...added(node, write) });
    },
  ],
  GatherND: ({ node, x, g, write }) => {
    if (integer(node, "batch_dims")) throw notDifferentiable(node, "there is no rule for batch_dims");
    return [() => write.op("ScatterND", [write.filled(0, write.shape(x[0]!), x[0]!), x[1]!, g], added(node, write))];
  },
  // No place is taken twice, so that nothing has to be added.
  TopK: ({ node, x, gradients, write }) => [
    () => {
      const zeros = write.filled(0, write.shape(x[0]!), x[0]!);
      return write.op("ScatterElements", [zeros, node.output[1]!, gradients[0]!], { axis: integer(node, "axis") ?? -1 });
    },
  ],
  ScatterND: ({ node, x, g, write }) => [
    () => overwritten(node, () => write.op("ScatterND", [g, x[1]!, write.filled(0, write.shape(x[2]!), x[2]!)])),
    undefined,
    () => overwritten(node, () => write.op("GatherND", [g, x[1]!])),
  ],
  ScatterElements: ({ node, x, g, write }) => {
    const axis = integer(node, "axis") ?? 0;
    const zeros = () => write.filled(0, write.shape(x[2]!), x[2]!);
    return [
      () => overwritten(node, () => write.op("ScatterElements", [g, x[1]!, zeros()], { axis })),
      undefined,
      () => overwritten(node, () => write.op("GatherElements", [g, x[1]!], { axis })),
    ];
  },
};

/** Scattered numbers that meet are added up. */
function added(node: Differentiated["node"], { opset }: Writer) {
  if (opset >= ADDING_OPSET) return { reduction: "add" };
  const remedy = `export the model with operator set ${ADDING_OPSET} or a newer one`;
  throw notDifferentiable(node, `it may take a number twice, which operator set ${opset} cannot add up; ${remedy}`);
}

function overwritten(node: Differentiated["node"], gradient: () => string): string {
  if (node.attribute.some(({ name }) => name === "reduction")) throw notDifferentiable(node, "it adds what it scatters");
  return gradient();
}

/** Axis by axis, the last first: the numbers back to the places that they were taken from, zeros elsewhere. */
function slice({ node, x: [x, starts, ends, axesInput = "", steps = ""], g, graph, write }: Differentiated) {
  const axes = axesInput === "" ? undefined : graph.weightIntegers(axesInput);
  const count = graph.weightShape(starts!)?.[0] ?? axes?.length;
  const known = axes ?? (axesInput === "" && count !== undefined ? Array.from({ length: count }, (_, i) => i) : undefined);
  if (!known) throw notDifferentiable(node, "its axes are not written in the file");
  const nth = (vector: string, i: number) => write.op("Gather", [vector, write.integers([i])], { axis: 0 });
  return [
    () =>
      known.reduceRight((gradient, axis, i) => {
        const length = nth(write.shape(x!), axis);
        const bounds = [nth(starts!, i), nth(ends!, i)].map((bound) => write.op("Cast", [bound], { to: 7 }));
        const step = steps === "" ? [] : [write.op("Cast", [nth(steps, i)], { to: 7 })];
        const places = write.op("Slice", [upTo(write, length), ...bounds, write.integers([0]), ...step]);
        return putBack(write, gradient, axis, { places, length, like: x! });
      }, g),
  ];
}

/**
 * ∂L/∂x of y = x at some indices of an axis. Where no index is repeated, numbers are put back where they were taken from; else they
 * are added up, which needs operator set 16.
 */
function gather({ node, x: [x, indices], g, graph, write }: Differentiated) {
  const axis = integer(node, "axis") ?? 0;
  return [
    () => {
      const known = graph.weightIntegers(indices!);
      const flat = write.op("Cast", [write.op("Reshape", [indices!, write.integers([-1])])], { to: 7 });
      const shape = write.withLength(write.shape(x!), axis, write.op("Shape", [flat]));
      const rows = write.op("Reshape", [g, shape]);
      if (known && (known.length === 1 || (known.every((index) => index >= 0) && new Set(known).size === known.length))) {
        const length = write.op("Gather", [write.shape(x!), write.integers([axis])], { axis: 0 });
        return putBack(write, rows, axis, { places: flat, length, like: x! });
      }
      const ones = write.op("Expand", [write.integers([1]), write.rank(x!)]);
      const along = write.op("Reshape", [flat, write.withLength(ones, axis, write.integers([-1]))]);
      const zeros = write.filled(0, write.shape(x!), x!);
      return write.op("ScatterElements", [zeros, write.op("Expand", [along, shape]), rows], { axis, ...added(node, write) });
    },
  ];
}

/** 0, 1, … up to a length, an int64 vector of one number. */
function upTo(write: Writer, length: string): string {
  const scalar = (vector: string) => write.op("Squeeze", [vector, write.integers([0])]);
  return write.op("Range", [scalar(write.integers([0])), scalar(length), scalar(write.integers([1]))]);
}

/** Row i of an axis goes to `places[i]`, all different, of `length` places; the others are 0. Places take from a row of zeros behind the last. */
function putBack(
  write: Writer,
  rows: string,
  axis: number,
  { places, length, like }: { places: string; length: string; like: string },
): string {
  const count = write.op("Shape", [places]);
  const nothing = write.op("Expand", [count, length]);
  const row = write.op("ScatterElements", [nothing, places, upTo(write, count)], { axis: 0 });
  const zeros = write.filled(0, write.withLength(write.shape(rows), axis, write.integers([1])), like);
  return write.op("Gather", [write.op("Concat", [rows, zeros], { axis }), row], { axis });
}
