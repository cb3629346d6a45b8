import type { Numbers } from "./check-rule.ts";

/** y = f(x) number by number. */
export function each(f: (x: number) => number) {
  return ({ data }: Numbers) => data.map(f);
}

/** y = f(a, b) number by number, the two broadcast to one shape. */
export function broadcast(f: (a: number, b: number) => number) {
  return (a: Numbers, b: Numbers) => {
    const rank = Math.max(a.shape.length, b.shape.length);
    const padded = [a, b].map(({ shape }) => [...Array<number>(rank - shape.length).fill(1), ...shape]);
    const shape = padded[0]!.map((length, i) => Math.max(length, padded[1]![i]!));
    const size = shape.reduce((product, length) => product * length, 1);
    const at = (own: readonly number[], index: number) => {
      let [place, stride, rest] = [0, 1, index];
      for (let axis = rank - 1; axis >= 0; axis--) {
        place += own[axis] === 1 ? 0 : (rest % shape[axis]!) * stride;
        stride *= own[axis]!;
        rest = Math.floor(rest / shape[axis]!);
      }
      return place;
    };
    return Float64Array.from({ length: size }, (_, i) => f(a.data[at(padded[0]!, i)]!, b.data[at(padded[1]!, i)]!));
  };
}

/** y = f(row), for each run of `length` numbers. */
export function rows(length: number, f: (row: Float64Array) => ArrayLike<number>) {
  return ({ data }: Numbers) => {
    const count = data.length / length;
    return Float64Array.from(
      Array.from({ length: count }, (_, i) => [...toList(f(data.slice(i * length, (i + 1) * length)))]).flat(),
    );
  };
}

function toList(numbers: ArrayLike<number>): number[] {
  return Array.from(numbers);
}

export function softmax(row: Float64Array): Float64Array {
  const exponentials = row.map(Math.exp);
  return exponentials.map((value) => value / sum(exponentials));
}

/** (x − mean) / √(variance + ε), or without the mean. */
export function normalise(row: Float64Array, epsilon: number, centred = true): Float64Array {
  const mean = centred ? sum(row) / row.length : 0;
  const difference = row.map((value) => value - mean);
  const variance = sum(difference.map((value) => value ** 2)) / row.length;
  return difference.map((value) => value / Math.sqrt(variance + epsilon));
}

export function sum(numbers: Float64Array): number {
  return numbers.reduce((total, value) => total + value, 0);
}

/** By its Taylor series, which float64 sums exactly enough below 3. */
export function erf(x: number): number {
  let [term, total] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-18; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function gelu(x: number): number {
  return 0.5 * x * (1 + erf(x / Math.SQRT2));
}

export function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}
