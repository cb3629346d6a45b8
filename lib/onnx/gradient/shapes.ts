import { declaredShape, Graph, integer, integers } from "../graph.ts";
import type { OnnxModel, OnnxNode } from "../model.ts";

/** A length: a number, or a name that stands for one number a run. Two lengths of the same name are equal. */
export type Length = number | string;
export type Shape = readonly Length[];

/** What is known of a graph's tensors before it runs. */
interface Known {
  readonly graph: Graph;
  readonly shapes: Map<string, Shape>;
  /** The numbers of int64 vectors (and single numbers, which have `isScalar`), as far as they are known. */
  readonly vectors: Map<string, Vector>;
  /** A length of which nothing is known but that it is one number a run. */
  readonly fresh: () => Length;
}

interface Vector {
  readonly isScalar: boolean;
  readonly of: readonly (Length | undefined)[];
}

/** Numbers of TensorProto.DataType: int32, int64. */
const WHOLE = new Set([6, 7]);

type Infer = (node: OnnxNode, known: Known) => readonly (Shape | undefined)[];

/**
 * The shape of every tensor of a graph as far as the graph tells, in numbers and names; undefined where not even the number of axes is
 * known. It follows lengths through `Shape` and what is computed of it. What the file says of inner tensors is not believed: exporters
 * write the lengths of one example there.
 */
export function inferShapes(model: OnnxModel): (tensor: string) => Shape | undefined {
  const graph = new Graph(model);
  let count = 0;
  const known: Known = { graph, shapes: new Map(), vectors: new Map(), fresh: () => `length ${count++}` };
  for (const info of graph.inputs) {
    const declared = declaredShape(info);
    if (declared)
      known.shapes.set(
        info.name,
        declared.map((length) => length ?? known.fresh()),
      );
  }
  for (const { name, dims } of model.graph.initializer) known.shapes.set(name, dims.map(Number));
  for (const node of graph.nodes) {
    const shapes = node.opType === "Constant" ? [graph.weightShape(node.output[0]!)] : INFER[node.opType]?.(node, known);
    node.output.forEach((tensor, i) => shapes?.[i] && known.shapes.set(tensor, shapes[i]));
    const vector = VECTORS[node.opType]?.(node, known);
    if (vector) known.vectors.set(node.output[0]!, vector);
  }
  return (tensor) => known.shapes.get(tensor);
}

/** The lengths of several shapes that broadcast; undefined where a number of axes is not known. */
export function broadcastShapes(shapes: readonly (Shape | undefined)[], fresh: () => Length): Shape | undefined {
  if (!shapes.every((shape) => shape !== undefined)) return undefined;
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = new Set(shapes.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((length) => length !== 1));
    const number = [...lengths].find((length) => typeof length === "number");
    if (number !== undefined) return number;
    if (lengths.size === 0) return 1;
    // Another name may stand for 1.
    return lengths.size === 1 ? [...lengths][0]! : fresh();
  });
}

const same: Infer = ({ input }, { shapes }) => [shapes.get(input[0]!)];
const broadcast: Infer = ({ input }, { shapes, fresh }) => [
  broadcastShapes(
    input.map((tensor) => shapes.get(tensor)),
    fresh,
  ),
];

const SAME =
  "Abs BatchNormalization BiasGelu Cast CastLike Ceil Clip Cos CumSum Dropout Elu Erf Exp FastGelu Floor Gelu HardSigmoid HardSwish " +
  "Identity InstanceNormalization LayerNormalization LeakyRelu Log LogSoftmax Neg Not QuickGelu Reciprocal Relu RMSNormalization Round " +
  "Sigmoid Sign SimplifiedLayerNormalization Sin Softmax Softplus Softsign Sqrt Tanh";
const BROADCAST = "Add And Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mul Or Pow Sub Sum Where";
const REDUCE = "ReduceL1 ReduceL2 ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceSum ReduceSumSquare";

const INFER: Readonly<Record<string, Infer>> = {
  ...Object.fromEntries(SAME.split(" ").map((operator) => [operator, same])),
  ...Object.fromEntries(BROADCAST.split(" ").map((operator) => [operator, broadcast])),
  ...Object.fromEntries(REDUCE.split(" ").map((operator) => [operator, reduced])),
  MatMul: product,
  FusedMatMul: product,
  Gemm: (node, { shapes }) => {
    const [a, b] = node.input.map((tensor) => shapes.get(tensor));
    return [a && b && [a[integer(node, "transA") ? 1 : 0]!, b[integer(node, "transB") ? 0 : 1]!]];
  },
  Conv: convolved,
  Attention: attended,
  MultiHeadAttention: attended,
  SkipLayerNormalization: normedSum,
  SkipSimplifiedLayerNormalization: normedSum,
  GlobalAveragePool: ({ input }, { shapes }) => [shapes.get(input[0]!)?.map((length, axis) => (axis < 2 ? length : 1))],
  Transpose: (node, { shapes }) => {
    const shape = shapes.get(node.input[0]!);
    const perm = integers(node, "perm");
    return [shape && (perm ? perm.map((axis) => shape[axis]!) : shape.toReversed())];
  },
  Reshape: reshaped,
  Flatten: (node, { shapes, fresh }) => {
    const shape = shapes.get(node.input[0]!);
    const axis = integer(node, "axis") ?? 1;
    return [shape && [shape.slice(0, axis), shape.slice(axis)].map((part) => sizeOf(part) ?? fresh())];
  },
  Expand: (node, known) => [broadcastShapes([known.shapes.get(node.input[0]!), lengthsOf(node.input[1]!, known)], known.fresh)],
  ConstantOfShape: (node, known) => [lengthsOf(node.input[0]!, known)],
  Shape: ({ input }, { shapes }) => {
    const shape = shapes.get(input[0]!);
    return [shape && [shape.length]];
  },
  Unsqueeze: (node, { graph, shapes }) => {
    const shape = shapes.get(node.input[0]!);
    const axes = axesOf(node, graph);
    if (!shape || !axes) return [];
    const rank = shape.length + axes.length;
    const put = new Set(axes.map((axis) => (axis + rank) % rank));
    const rest = [...shape];
    return [Array.from({ length: rank }, (_, axis) => (put.has(axis) ? 1 : rest.shift()!))];
  },
  Squeeze: (node, { graph, shapes }) => {
    const shape = shapes.get(node.input[0]!);
    const axes = axesOf(node, graph);
    if (!shape || !axes) return [];
    const gone = new Set(axes.map((axis) => (axis + shape.length) % shape.length));
    return [shape.filter((_, axis) => !gone.has(axis))];
  },
  Concat: (node, { shapes, fresh }) => {
    const parts = node.input.map((tensor) => shapes.get(tensor));
    const [first] = parts;
    if (!first || !parts.every((part) => part !== undefined)) return [];
    const axis = (integer(node, "axis")! + first.length) % first.length;
    const along = parts.map((part) => part[axis]!);
    const total = along.every((length) => typeof length === "number") ? along.reduce((sum, each) => sum + each, 0) : fresh();
    // The other axes are as long in every part: a number, where one has it.
    const others = (i: number) => parts.map((part) => part[i]!).find((each) => typeof each === "number") ?? first[i]!;
    return [first.map((_, i) => (i === axis ? total : others(i)))];
  },
  Split: (node, { graph, shapes, fresh }) => {
    const shape = shapes.get(node.input[0]!);
    if (!shape) return [];
    const axis = ((integer(node, "axis") ?? 0) + shape.length) % shape.length;
    const sizes = integers(node, "split") ?? graph.weightIntegers(node.input[1] ?? "");
    const [whole, count] = [shape[axis]!, node.output.length];
    const isEven = typeof whole === "number" && whole % count === 0 && (node.input[1] ?? "") === "";
    const lengthOf = (i: number) => sizes?.[i] ?? (isEven ? whole / count : fresh());
    return node.output.map((_, i) => shape.with(axis, lengthOf(i)));
  },
  Slice: sliced,
  Gather: (node, { graph, shapes }) => {
    const shape = shapes.get(node.input[0]!);
    const indices = shapes.get(node.input[1]!) ?? graph.weightShape(node.input[1]!);
    if (!shape || !indices) return [];
    const axis = ((integer(node, "axis") ?? 0) + shape.length) % shape.length;
    return [shape.toSpliced(axis, 1, ...indices)];
  },
};

/** The numbers of int64 vectors that operators compute of others. */
const VECTORS: Readonly<Record<string, (node: OnnxNode, known: Known) => Vector | undefined>> = {
  Shape: (node, { shapes }) => {
    const shape = shapes.get(node.input[0]!);
    return shape && { isScalar: false, of: shape.slice(integer(node, "start") ?? 0, integer(node, "end")) };
  },
  Identity: passed,
  // What is no whole number is computed with otherwise.
  Cast: (node, known) => (WHOLE.has(integer(node, "to")!) ? passed(node, known) : undefined),
  Gather: (node, { graph, vectors }) => {
    const from = vectorOf(node.input[0]!, graph, vectors);
    const indices = graph.weightIntegers(node.input[1]!);
    if (!from || !indices) return undefined;
    return { isScalar: graph.weightShape(node.input[1]!)?.length === 0, of: indices.map((index) => from.of.at(index)) };
  },
  Unsqueeze: (node, { graph, vectors }) => {
    const from = vectorOf(node.input[0]!, graph, vectors);
    return from?.isScalar ? { isScalar: false, of: from.of } : undefined;
  },
  Squeeze: (node, { graph, vectors }) => {
    const from = vectorOf(node.input[0]!, graph, vectors);
    return from?.of.length === 1 ? { isScalar: true, of: from.of } : undefined;
  },
  Concat: (node, { graph, vectors }) => {
    const parts = node.input.map((tensor) => vectorOf(tensor, graph, vectors));
    if (!parts.every((part) => part !== undefined && !part.isScalar)) return undefined;
    return { isScalar: false, of: parts.flatMap((part) => part!.of) };
  },
  Slice: (node, { graph, vectors }) => {
    const from = vectorOf(node.input[0]!, graph, vectors);
    const [starts, ends, , steps] = node.input.slice(1).map((tensor) => graph.weightIntegers(tensor));
    if (!from || starts?.length !== 1 || ends?.length !== 1 || ((node.input[4] ?? "") !== "" && steps?.[0] !== 1))
      return undefined;
    return { isScalar: false, of: from.of.slice(starts[0], ends[0]) };
  },
  Add: computed((a, b) => a + b),
  Sub: computed((a, b) => a - b),
  Mul: computed((a, b) => a * b),
  Div: computed((a, b) => (b === 0 ? undefined : Math.trunc(a / b))),
};

/** An operator on two numbers. */
function computed(of: (a: number, b: number) => number | undefined) {
  return ({ input }: OnnxNode, { graph, vectors }: Known): Vector | undefined => {
    const [a, b] = input.map((tensor) => vectorOf(tensor, graph, vectors));
    const [x, y] = [a?.of[0], b?.of[0]];
    if (a?.of.length !== 1 || b?.of.length !== 1 || typeof x !== "number" || typeof y !== "number") return undefined;
    return { isScalar: a.isScalar && b.isScalar, of: [of(x, y)] };
  };
}

/** The lengths that a vector says; those that are not known, and those left to another tensor (−1), have names of their own. */
function lengthsOf(vector: string, { graph, shapes, vectors, fresh }: Known): Shape | undefined {
  const known = vectorOf(vector, graph, vectors)?.of;
  const count = shapes.get(vector)?.[0];
  const of = known ?? (typeof count === "number" ? Array.from<undefined>({ length: count }) : undefined);
  return of?.map((length) => (length === undefined || length === -1 ? fresh() : length));
}

function passed({ input }: OnnxNode, { graph, vectors }: Known): Vector | undefined {
  return vectorOf(input[0]!, graph, vectors);
}

function vectorOf(tensor: string, graph: Graph, vectors: ReadonlyMap<string, Vector>): Vector | undefined {
  const known = vectors.get(tensor);
  if (known) return known;
  const written = graph.weightIntegers(tensor);
  const rank = graph.weightShape(tensor)?.length ?? 1;
  return written && rank < 2 ? { isScalar: rank === 0, of: written } : undefined;
}

/** Axes that are written in the file: an attribute, or in newer operator sets an input. */
function axesOf(node: OnnxNode, graph: Graph): number[] | undefined {
  return integers(node, "axes") ?? graph.weightIntegers(node.input[1] ?? "");
}

/** How many numbers a tensor has, where that is known. */
function sizeOf(shape: Shape): number | undefined {
  return shape.every((length) => typeof length === "number") ? shape.reduce((product, each) => product * each, 1) : undefined;
}

function reduced(node: OnnxNode, { graph, shapes }: Known): (Shape | undefined)[] {
  const shape = shapes.get(node.input[0]!);
  const isKept = integer(node, "keepdims") !== 0;
  const hasAxes = integers(node, "axes") !== undefined || (node.input[1] ?? "") !== "";
  if (!shape || (!hasAxes && integer(node, "noop_with_empty_axes"))) return [];
  const axes = hasAxes ? axesOf(node, graph) : shape.map((_, axis) => axis);
  if (!axes || (axes.length === 0 && shape.length > 0)) return [];
  const gone = new Set(axes.map((axis) => (axis + shape.length) % shape.length));
  return [isKept ? shape.map((length, axis) => (gone.has(axis) ? 1 : length)) : shape.filter((_, axis) => !gone.has(axis))];
}

function product(node: OnnxNode, { shapes, fresh }: Known): (Shape | undefined)[] {
  const [a, b] = [shapes.get(node.input[0]!), shapes.get(node.input[1]!)];
  if (!a || !b || a.length < 2 || b.length < 2 || integer(node, "transBatchA") || integer(node, "transBatchB")) return [];
  const leading = broadcastShapes([a.slice(0, -2), b.slice(0, -2)], fresh);
  return [leading && [...leading, a.at(integer(node, "transA") ? -1 : -2)!, b.at(integer(node, "transB") ? -2 : -1)!]];
}

/** Queries of three axes, [B, T, D], get values of the length of all heads together. */
function attended(node: OnnxNode, { graph, shapes }: Known): (Shape | undefined)[] {
  const [query, value] = [shapes.get(node.input[0]!), shapes.get(node.input[2]!)];
  if (query?.length !== 3) return [];
  if (node.domain === "com.microsoft" && node.opType === "Attention") {
    const width = graph.weightShape(node.input[1]!)?.[1];
    const isEven = new Set(integers(node, "qkv_hidden_sizes") ?? []).size < 2;
    return width !== undefined && isEven ? [[query[0]!, query[1]!, width / 3]] : [];
  }
  const isShared = (integer(node, "q_num_heads") ?? 1) !== (integer(node, "kv_num_heads") ?? 1);
  return value?.length === 3 && !isShared ? [[query[0]!, query[1]!, value[2]!]] : [];
}

/** The norm of a sum, and as its fourth output the sum. */
function normedSum({ input }: OnnxNode, { shapes }: Known): (Shape | undefined)[] {
  const shape = shapes.get(input[0]!);
  return [shape, undefined, undefined, shape];
}

function convolved(node: OnnxNode, { shapes, fresh }: Known): (Shape | undefined)[] {
  const [x, kernel] = [shapes.get(node.input[0]!), shapes.get(node.input[1]!)];
  if (!x || !kernel) return [];
  const automatic = new TextDecoder().decode(node.attribute.find(({ name }) => name === "auto_pad")?.s) || "NOTSET";
  const spatial = x.slice(2).map((length, axis) => {
    const size = kernel[axis + 2]!;
    if (typeof length !== "number" || typeof size !== "number" || (automatic !== "NOTSET" && automatic !== "VALID"))
      return fresh();
    const pads = integers(node, "pads") ?? [];
    const padded = length + (pads[axis] ?? 0) + (pads[axis + x.length - 2] ?? 0);
    const reach = (integers(node, "dilations")?.[axis] ?? 1) * (size - 1) + 1;
    return Math.floor((padded - reach) / (integers(node, "strides")?.[axis] ?? 1)) + 1;
  });
  return [[x[0]!, kernel[0]!, ...spatial]];
}

function reshaped(node: OnnxNode, known: Known): (Shape | undefined)[] {
  const { graph, shapes, vectors, fresh } = known;
  const shape = shapes.get(node.input[0]!);
  const target = vectorOf(node.input[1]!, graph, vectors)?.of;
  if (!target) return [lengthsOf(node.input[1]!, known)];
  const isCopied = !integer(node, "allowzero");
  const wanted = target.map((length, axis) => (length === 0 && isCopied ? shape?.[axis] : length));
  return [wanted.map((length) => (length === -1 ? restOf(shape, wanted) : length) ?? fresh())];
}

/** The one length that a reshape leaves open: what the others leave of the numbers that there are. */
function restOf(shape: Shape | undefined, wanted: readonly (Length | undefined)[]): Length | undefined {
  if (!shape) return undefined;
  const names = shape.filter((length) => typeof length === "string");
  let size = sizeOf(shape.filter((length) => typeof length === "number"))!;
  for (const length of wanted) {
    if (length === undefined) return undefined;
    if (typeof length === "string") {
      if (!names.includes(length)) return undefined;
      names.splice(names.indexOf(length), 1);
    } else if (length !== -1) size /= length;
  }
  if (names.length === 0 && Number.isInteger(size)) return size;
  return names.length === 1 && size === 1 ? names[0] : undefined;
}

function sliced(node: OnnxNode, { graph, shapes, fresh }: Known): (Shape | undefined)[] {
  const shape = shapes.get(node.input[0]!);
  const [starts, ends, written, steps] = node.input.slice(1).map((tensor) => graph.weightIntegers(tensor));
  const axes = written ?? ((node.input[3] ?? "") === "" ? starts?.map((_, i) => i) : undefined);
  // Of axes that are not known, any may be cut.
  if (!shape || !axes) return [shape?.map(() => fresh())];
  const cut = new Map(axes.map((axis, i) => [(axis + shape.length) % shape.length, i]));
  return [
    shape.map((length, axis) => {
      const i = cut.get(axis);
      if (i === undefined) return length;
      const isPlain = starts && ends && ((node.input[4] ?? "") === "" || steps?.[i] === 1);
      if (!isPlain || typeof length !== "number") return fresh();
      const [from, to] = [starts[i]!, ends[i]!].map((at) => Math.min(length, Math.max(0, at < 0 ? at + length : at)));
      return Math.max(0, to! - from!);
    }),
  ];
}
