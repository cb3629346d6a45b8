import { integer, integers } from "../../graph.ts";
import { copied, type Differentiated, notDifferentiable, type Rules, text } from "../rule.ts";
import type { Attributes, Writer } from "../writer.ts";

/** Operators on images, [N, C, spatial …]. */
export const CONVOLUTIONS: Rules = {
  Conv: ({ node, x, g, graph, write }) => {
    const shape = graph.weightShape(x[1]!);
    if (!shape) throw notDifferentiable(node, "its kernel is not a weight of the file");
    return [() => transposed(write, node, g, x[1]!, x[0]!, shape.length - 2)];
  },
  AveragePool: averagePool,
  MaxPool: maxPool,
  Resize: resize,
};

const GEOMETRY = ["strides", "dilations", "group"];

/**
 * The transpose of the convolution of x with a kernel: ∂L/∂x from ∂L/∂y. What the pads lay around x is cut off, and what no kernel
 * reached at the end is 0.
 */
function transposed(write: Writer, node: Differentiated["node"], g: string, kernel: string, x: string, axes: number): string {
  const begins = padsOf(node, axes).slice(0, axes);
  const whole = write.op("ConvTranspose", [g, kernel], copied(node, GEOMETRY));
  const ends = write.op("Sub", [
    write.op("Add", [write.from(write.shape(x), 2), write.integers(begins)]),
    write.from(write.shape(whole), 2),
  ]);
  const pads = write.op("Concat", [write.integers([0, 0, ...begins.map((begin) => 0 - begin), 0, 0]), ends], { axis: 0 });
  return write.op("Pad", [whole, pads]);
}

function padsOf(node: Differentiated["node"], axes: number): number[] {
  const automatic = text(node, "auto_pad", "NOTSET");
  if (automatic !== "NOTSET" && automatic !== "VALID")
    throw notDifferentiable(node, `there is no rule for auto_pad ${automatic}`);
  if (integer(node, "ceil_mode")) throw notDifferentiable(node, "there is no rule for ceil_mode");
  return integers(node, "pads") ?? Array.from({ length: 2 * axes }, () => 0);
}

/** A pooling window's places as kernels of a convolution of one channel. */
interface Window {
  readonly axes: number;
  readonly size: number;
  readonly attributes: Attributes;
  /** x as [N·C, 1, spatial …]. */
  readonly planes: string;
  /** The gradient as [N·C, 1, spatial …]. */
  readonly g: string;
}

function windowOf({ node, x, g, write }: Differentiated): Window {
  const kernel = integers(node, "kernel_shape")!;
  const pads = padsOf(node, kernel.length);
  const plane = (tensor: string) => {
    const shape = write.op("Concat", [write.integers([-1, 1]), write.from(write.shape(tensor), 2)], { axis: 0 });
    return write.op("Reshape", [tensor, shape]);
  };
  return {
    axes: kernel.length,
    size: kernel.reduce((product, length) => product * length, 1),
    attributes: { ...copied(node, ["strides", "dilations"]), pads },
    planes: plane(x[0]!),
    g: plane(g),
  };
}

/** Every number of a window has the same share; what the pads lay around counts where the operator says so. */
function averagePool(d: Differentiated) {
  const { node, x, write } = d;
  return [
    () => {
      const { axes, size, attributes, planes, g } = windowOf(d);
      const ones = write.castLike(
        write.floats([1, 1, ...integers(node, "kernel_shape")!], new Float32Array(size).fill(1)),
        x[0]!,
      );
      const counted = () => write.op("Conv", [write.filled(1, write.shape(planes), x[0]!), ones], attributes);
      const count = integer(node, "count_include_pad") ? write.scalar(size, x[0]!) : counted();
      const spread = transposed(write, node, write.op("Div", [g, count]), ones, planes, axes);
      return write.op("Reshape", [spread, write.shape(x[0]!)]);
    },
  ];
}

/** The first largest number of a window has all of its gradient. A kernel a place lays the window's numbers out as channels. */
function maxPool(d: Differentiated) {
  const { node, x, write } = d;
  return [
    () => {
      const { axes, size, attributes, planes, g } = windowOf(d);
      const identity = new Float32Array(size * size);
      for (let i = 0; i < size; i++) identity[i * size + i] = 1;
      const kernel = write.castLike(write.floats([size, 1, ...integers(node, "kernel_shape")!], identity), x[0]!);
      const layOut = (tensor: string) => write.op("Conv", [tensor, kernel], attributes);
      const real = write.op("Greater", [layOut(write.filled(1, write.shape(planes), x[0]!)), write.scalar(0.5, x[0]!)]);
      const numbers = write.op("Where", [real, layOut(planes), write.scalar(-65_504, x[0]!)]);
      const largest = write.op("ArgMax", [numbers], { axis: 1, keepdims: 1 });
      const places = write.op("Reshape", [
        write.integers(Array.from({ length: size }, (_, i) => i)),
        write.integers([1, size, ...Array.from({ length: axes }, () => 1)]),
      ]);
      const chosen = write.castLike(write.op("Equal", [largest, places]), x[0]!);
      const put = transposed(write, node, write.op("Mul", [chosen, g]), kernel, planes, axes);
      return write.op("Reshape", [put, write.shape(x[0]!)]);
    },
  ];
}

/**
 * Interpolation is linear, an axis at a time: y = Wₕ x Wᵥᵀ over the last two axes, and ∂L/∂x = Wₕᵀ ∂L/∂y Wᵥ. The matrices are what the same
 * operator makes of the identity, in any of its modes. Of images [N, C, H, W]; other layouts fail when the graph runs.
 */
function resize({ node, x, y, g, graph, write }: Differentiated) {
  if (node.attribute.some(({ name }) => name === "axes")) throw notDifferentiable(node, "there is no rule for its axes");
  if (text(node, "coordinate_transformation_mode", "half_pixel") === "tf_crop_and_resize") {
    throw notDifferentiable(node, "there is no rule for tf_crop_and_resize");
  }
  // Until operator set 12, an empty vector stands for what is left out.
  const isGiven = (x[2] ?? "") !== "" && graph.weightShape(x[2]!)?.[0] !== 0;
  const scales = isGiven ? x[2] : undefined;
  const nth = (vector: string, i: number) => write.op("Gather", [vector, write.integers([i])], { axis: 0 });
  const one = write.castLike(write.integers([1]), scales ?? x[0]!);
  const weights = (axis: number) => {
    const [length, wanted] = [nth(write.shape(x[0]!), axis), nth(write.shape(y), axis)];
    const square = write.op("Concat", [length, length], { axis: 0 });
    const identity = write.op("EyeLike", [write.filled(0, square, x[0]!)]);
    const image = write.op("Unsqueeze", [identity, write.integers([0, 1])]);
    const sizes = write.op("Concat", [write.integers([1, 1]), wanted, length], { axis: 0 });
    const factors = scales && write.op("Concat", [one, one, nth(scales, axis), one], { axis: 0 });
    const inputs = factors ? [image, "", factors] : [image, "", "", sizes];
    return write.op("Resize", inputs, Object.fromEntries(node.attribute.map((each) => [each.name, each])));
  };
  return [
    () => {
      const rows = write.op("com.microsoft::FusedMatMul", [weights(2), g], { transA: 1 });
      return write.op("Reshape", [write.op("MatMul", [rows, weights(3)]), write.shape(x[0]!)]);
    },
  ];
}
