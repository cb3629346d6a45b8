import { sfc32, uniform } from "../../tensor/random.ts";
import { groupBy } from "./group-by.ts";

/** Low and high end. */
export type Interval = readonly [low: number, high: number];

/** What a sample says of the mean it was drawn around. */
export interface Summary {
  readonly n: number;
  readonly mean: number;
  /** With n − 1 in the denominator; null of one value, which says nothing of a spread. */
  readonly sd: number | null;
  /** Of the mean, at 95 %; null of one value, and of values that belong together. */
  readonly interval: Interval | null;
}

/** How the intervals are made, for whoever wants to make them again. */
export const bootstrap = { level: 0.95, resamples: 2000, seed: 0 } as const;

/** Σx / n, n at least 1. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** √(Σ(x − x̄)² / (n − 1)), n at least 2. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** The value below which a share of the values lies, 0 … 1, between neighbours in proportion; n at least 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)]!;
  return below + (position % 1) * (sorted[Math.ceil(position)]! - below);
}

/**
 * The percentile interval of the mean: between the 2.5 % and the 97.5 % quantile of the means of 2000 samples drawn from the values
 * with replacement (Efron, Bootstrap methods: another look at the jackknife, Annals of Statistics 1979; Efron and Tibshirani, An
 * Introduction to the Bootstrap, 1993, chapter 13). Values of one cluster, as those of one image's objects, are drawn together: they
 * are no independent witnesses (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8). The draws are seeded
 * and the clusters sorted first, so that it depends on neither chance nor order. Of few clusters, less than 20 or so, it is too narrow.
 */
export function bootstrapInterval(clusters: readonly (readonly number[])[]): Interval {
  const { level, resamples, seed } = bootstrap;
  const sums = clusters.map((values) => ({ sum: values.reduce((sum, value) => sum + value, 0), count: values.length }));
  const sorted = sums.toSorted((a, b) => a.sum / a.count - b.sum / b.count || a.count - b.count);
  const state = sfc32(seed, 0);
  const means = Array.from({ length: resamples }, () => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < sorted.length; i++) {
      const drawn = sorted[Math.floor(uniform(state) * sorted.length)]!;
      sum += drawn.sum;
      count += drawn.count;
    }
    return sum / count;
  });
  return [quantile(means, (1 - level) / 2), quantile(means, (1 + level) / 2)];
}

/** All of it at once, n at least 1; each value is a cluster by itself where `clusterOf` does not say which values belong together. */
export function summarise(values: readonly number[], clusterOf: (index: number) => unknown = (index) => index): Summary {
  const order = values.map((_, i) => i).toSorted((a, b) => values[a]! - values[b]!);
  const sorted = order.map((i) => values[i]!);
  const clusters = [...groupBy(order, clusterOf).values()].map((indices) => indices.map((i) => values[i]!));
  return {
    n: values.length,
    mean: mean(sorted),
    sd: values.length === 1 ? null : standardDeviation(sorted),
    interval: clusters.length === 1 ? null : bootstrapInterval(clusters),
  };
}

/**
 * Of the differences a − b of what both samples have, by key: each subject is compared with itself, so how hard it is falls out.
 * Null where they share nothing.
 */
export function summarisePaired(
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
  clusterOf: (key: string) => unknown = (key) => key,
): Summary | null {
  const shared = [...a.keys()].filter((key) => b.has(key));
  const differences = shared.map((key) => a.get(key)! - b.get(key)!);
  return shared.length === 0 ? null : summarise(differences, (i) => clusterOf(shared[i]!));
}
