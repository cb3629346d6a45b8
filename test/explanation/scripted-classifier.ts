import { vi } from "vitest";
import type { Classification, Classifier, Variants } from "../../lib/classifier/classifier.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";

export interface ScriptedClassifier extends Classifier {
  /** How often each request was asked. */
  readonly calls: { classify: number; probe: number };
  /** Waits before each request; `n` counts the requests of its kind from 1. Replaced by tests that hold the work or break it. */
  before: (request: "classify" | "probe", n: number) => Promise<void> | void;
}

/** Samples an axis and channel: pixels 8, 24, 40 … of 224, the middles of 14 patches. */
const PATCHES = 14;
const CLASSES = 40;

/**
 * A classifier of 40 classes that takes no time: its logits are a fixed linear function of the pixels in the middles of 14 × 14
 * patches, its embeddings 8 fixed maps, of which two pairs are nearly alike: with δ = 0.1, 6 masks. Two variants a pass.
 */
export function scriptedClassifier(): ScriptedClassifier {
  const calls = { classify: 0, probe: 0 };
  const classifier: ScriptedClassifier = {
    height: 224,
    width: 224,
    classes: CLASSES,
    batchSize: 2,
    calls,
    before: () => undefined,
    async classify(image): Promise<Classification> {
      calls.classify++;
      await classifier.before("classify", calls.classify);
      return { probabilities: softmax(logits((c, y, x) => sample(image, [c], y, x))), embeddings };
    },
    async probe(variants: Variants): Promise<Tensor> {
      calls.probe++;
      await classifier.before("probe", calls.probe);
      const count = Math.max(variants.keep.shape[0]!, variants.gate.shape[0]!, variants.fill.shape[0]!);
      const rows = Array.from({ length: count }, (_, b) => softmax(logits((c, y, x) => variant(variants, b, c, y, x))));
      return { shape: [count, CLASSES], data: Float32Array.from(rows.flatMap((row) => [...row])) };
    },
  };
  return classifier;
}

/** image · keep + fill · gate at one sample. */
function variant({ image, keep, gate, fill }: Variants, b: number, c: number, y: number, x: number): number {
  const at = (tensor: Tensor, ...leading: number[]) => sample(tensor, [tensor.shape[0] === 1 ? 0 : b, ...leading], y, x);
  return sample(image, [c], y, x) * at(keep) + at(fill, c) * at(gate);
}

/** The value of a grid of any size a × b nearest to the middle of patch (y, x). */
function sample({ shape, data }: Tensor, leading: readonly number[], y: number, x: number): number {
  const [a = 0, b = 0] = shape.slice(-2);
  const plane = leading.reduce((index, value, axis) => index * shape[axis]! + value, 0);
  return data[(plane * a + nearest(y, a)) * b + nearest(x, b)]!;
}

const nearest = (patch: number, size: number) => Math.min(size - 1, Math.floor(((patch + 0.5) / PATCHES) * size));

function logits(valueAt: (c: number, y: number, x: number) => number): Float64Array {
  const out = new Float64Array(CLASSES);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < PATCHES; y++) {
      for (let x = 0; x < PATCHES; x++) {
        const value = valueAt(c, y, x);
        for (let k = 0; k < CLASSES; k++) out[k]! += 0.05 * Math.sin(1 + k * (0.37 * y + 0.61 * x + c)) * value;
      }
    }
  }
  return out;
}

function softmax(values: Float64Array): Float32Array {
  const largest = Math.max(...values);
  const exponentials = values.map((value) => Math.exp(value - largest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return Float32Array.from(exponentials, (value) => value / sum);
}

/** Six bumps in a ring, the first two of them a second time a little to the side. */
const embeddings: Tensor = {
  shape: [8, PATCHES, PATCHES],
  data: Float32Array.from({ length: 8 * PATCHES * PATCHES }, (_, i) => {
    const [channel, y, x] = [Math.floor(i / PATCHES ** 2), Math.floor(i / PATCHES) % PATCHES, i % PATCHES];
    const angle = (channel % 6) * (Math.PI / 3) + (channel < 6 ? 0 : 0.05);
    const [dy, dx] = [y - 6.5 - 4 * Math.sin(angle), x - 6.5 - 4 * Math.cos(angle)];
    return Math.exp(-(dy * dy + dx * dx) / 6);
  }),
};

/** A promise that a test resolves. */
export interface Signal {
  readonly given: Promise<void>;
  readonly give: () => void;
}

export function signal(): Signal {
  let give = () => {};
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give };
}

/** Holds the work before its nth probe: `reached` once it is there, until `go` is given. */
export function holdAtProbe(
  classifier: ScriptedClassifier,
  n: number,
): { readonly reached: Promise<void>; readonly go: () => void } {
  const [reached, go] = [signal(), signal()];
  classifier.before = async (request, count) => {
    if (request !== "probe" || count !== n) return;
    reached.give();
    await go.given;
  };
  return { reached: reached.given, go: go.give };
}

/** Lets every request take `ms` milliseconds of `performance`, which a test's fake timers hold, beside what else it has to wait for. */
export function takeTime(classifier: ScriptedClassifier, ms: number): void {
  const { before } = classifier;
  classifier.before = async (request, n) => {
    vi.advanceTimersByTime(ms);
    await before(request, n);
  };
}
