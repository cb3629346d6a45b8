import type { OnnxModel } from "../../lib/onnx/model.ts";
import { GraphWriter } from "./graph-writer.ts";

/** The shape of a model, and the way in which an exporter writes it. */
export interface Shape {
  readonly size: number;
  readonly patch: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly classes: number;
  /** Tokens before the patches. */
  readonly prefix: number;
  /** What the classes are read from: the first token, the first two by a head each, or the mean of the patches. */
  readonly head: "token" | "two tokens" | "mean";
  readonly norm?: "fused" | "decomposed" | "with the sum";
  readonly attention?: "plain" | "Attention" | "MultiHeadAttention" | "Attention-23";
  readonly output?: "logits" | "probabilities";
  /** 1 for an export of one image. */
  readonly batch?: 1;
}

const MICROSOFT = "com.microsoft";

/** ViT-B/16 (Dosovitskiy et al. 2021). */
export const vitB: Shape = { size: 224, patch: 16, width: 768, depth: 12, heads: 12, classes: 1000, prefix: 1, head: "token" };
/** DeiT-B distilled (Touvron et al. 2021). */
export const deitB: Shape = { ...vitB, prefix: 2, head: "two tokens" };
/** The same with few numbers. */
export const vitSmall: Shape = { size: 32, patch: 8, width: 24, depth: 3, heads: 3, classes: 5, prefix: 1, head: "token" };

/** A model of a plain transformer's shape, with seeded random weights. */
export function shapedModel(shape: Shape, seed = 1): OnnxModel {
  const write = new GraphWriter(seed);
  const { size, patch, width, depth, classes, prefix } = shape;
  const patches = (size / patch) ** 2;
  const kernel = write.weight([width, 3, patch, patch]);
  const cut = write.op("Conv", ["image", kernel], { strides: [patch, patch], kernel_shape: [patch, patch] });
  const flat = write.op("Reshape", [cut, write.vector([0, width, patches])]);
  let tokens = write.op("Transpose", [flat], { perm: [0, 2, 1] });
  if (prefix > 0) {
    const count = write.op("Slice", [write.op("Shape", [tokens]), write.vector([0]), write.vector([1])]);
    const sizes = write.op("Concat", [count, write.vector([prefix, width])], { axis: 0 });
    const first = write.weight([1, prefix, width], 1);
    const expanded = shape.batch === 1 ? first : write.op("Expand", [first, sizes]);
    tokens = write.op("Concat", [expanded, tokens], { axis: 1 });
  }
  tokens = write.op("Add", [tokens, write.weight([1, prefix + patches, width], 1)]);
  let added: string | undefined;
  for (let block = 0; block < depth; block++) {
    const before = norm(write, shape, tokens, added);
    const attended = attention(write, shape, before.normalised);
    const after = norm(write, shape, before.sum, attended);
    [tokens, added] = [after.sum, mlp(write, width, after.normalised)];
  }
  const { normalised } = norm(write, shape, tokens, added);
  const logits = head(write, shape, normalised);
  const scores = shape.output === "probabilities" ? write.op("Softmax", [logits], { axis: -1 }) : logits;
  const opset = shape.attention === "Attention-23" ? 23 : 17;
  return write.model(scores, { size, classes, batch: shape.batch ?? "batch", opset });
}

/** The layer norm of tokens, to which what the block before it made is added first. */
function norm(write: GraphWriter, { width, norm: form }: Shape, tokens: string, added: string | undefined) {
  const scale = write.weight([width], 0.1, 1);
  const shift = write.weight([width], 0.1);
  if (form === "with the sum" && added !== undefined) {
    const inputs = [tokens, added, scale, shift];
    const outputs = write.ops("SkipLayerNormalization", inputs, 4, { epsilon: 1e-6 }, MICROSOFT);
    return { normalised: outputs[0]!, sum: outputs[3]! };
  }
  const sum = added === undefined ? tokens : write.op("Add", [tokens, added]);
  return { normalised: layerNorm(write, sum, scale, shift, form), sum };
}

export function layerNorm(write: GraphWriter, x: string, scale: string, shift: string, form: Shape["norm"]): string {
  if (form !== "decomposed") return write.op("LayerNormalization", [x, scale, shift], { axis: -1, epsilon: 1e-6 });
  const centred = write.op("Sub", [x, write.op("ReduceMean", [x], { axes: [-1], keepdims: 1 })]);
  const squares = write.op("Pow", [centred, write.scalar(2)]);
  const variance = write.op("ReduceMean", [squares], { axes: [-1], keepdims: 1 });
  const deviation = write.op("Sqrt", [write.op("Add", [variance, write.scalar(1e-6)])]);
  const scaled = write.op("Mul", [write.op("Div", [centred, deviation]), scale]);
  return write.op("Add", [scaled, shift]);
}

function attention(write: GraphWriter, shape: Shape, x: string): string {
  const { width, heads } = shape;
  return linear(write, attended(write, shape, x, { num_heads: heads }), width, width);
}

function attended(write: GraphWriter, { width, heads, attention: form }: Shape, x: string, counts: { num_heads: number }) {
  if (form === "Attention") {
    const weights = [write.weight([width, 3 * width], 0.05), write.weight([3 * width])];
    return write.op("Attention", [x, ...weights], counts, MICROSOFT);
  }
  const project = () => linear(write, x, width, width);
  const [query, key, value] = [project(), project(), project()];
  if (form === "MultiHeadAttention") return write.op("MultiHeadAttention", [query, key, value], counts, MICROSOFT);
  if (form === "Attention-23") return write.op("Attention", [query, key, value], { q_num_heads: heads, kv_num_heads: heads });
  const split = (tensor: string, perm: number[]) =>
    write.op("Transpose", [write.op("Reshape", [tensor, write.vector([0, 0, heads, width / heads])])], { perm });
  const products = write.op("MatMul", [split(query, [0, 2, 1, 3]), split(key, [0, 2, 3, 1])]);
  const softmax = write.op("Softmax", [write.op("Mul", [products, write.scalar(Math.sqrt(heads / width))])], { axis: -1 });
  const mixed = write.op("Transpose", [write.op("MatMul", [softmax, split(value, [0, 2, 1, 3])])], { perm: [0, 2, 1, 3] });
  return write.op("Reshape", [mixed, write.vector([0, 0, width])]);
}

export function linear(write: GraphWriter, x: string, from: number, to: number): string {
  return write.op("Add", [write.weight([to]), write.op("MatMul", [x, write.weight([from, to], 0.05)])]);
}

/** Two linear maps with x · Φ(x) between them. */
export function mlp(write: GraphWriter, width: number, x: string): string {
  const hidden = linear(write, x, width, 4 * width);
  const phi = write.op("Add", [write.op("Erf", [write.op("Div", [hidden, write.scalar(Math.SQRT2)])]), write.scalar(1)]);
  const gelu = write.op("Mul", [write.op("Mul", [hidden, phi]), write.scalar(0.5)]);
  return linear(write, gelu, 4 * width, width);
}

function head(write: GraphWriter, { head: form, width, classes }: Shape, tokens: string): string {
  const classifier = (x: string) => write.op("Gemm", [x, write.weight([width, classes], 0.1), write.weight([classes])]);
  if (form === "mean") return classifier(write.op("ReduceMean", [tokens], { axes: [1], keepdims: 0 }));
  const token = (index: number) =>
    write.op("Squeeze", [
      write.op("Slice", [tokens, write.vector([index]), write.vector([index + 1]), write.vector([1])]),
      write.vector([1]),
    ]);
  if (form === "token") return classifier(token(0));
  const both = write.op("Add", [classifier(token(0)), classifier(token(1))]);
  return write.op("Div", [both, write.scalar(2)]);
}
