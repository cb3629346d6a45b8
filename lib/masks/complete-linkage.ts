import { sizesOf, type Tensor } from "../tensor/tensor.ts";

/** Two clusters, each named by any one of its members, become one at this distance. */
export interface Merge {
  readonly a: number;
  readonly b: number;
  readonly height: number;
}

/**
 * Agglomerative clustering of n items by complete linkage, from their distances [n, n]: the n − 1 merges of the whole tree.
 *
 * The nearest-neighbour chain (Müllner 2011, section 3.2), O(n²): follow nearest neighbours until two are each other's, merge
 * them, go on from what is left of the chain. The distance to a merged cluster is the larger of its two parts' (Lance and
 * Williams' formula for complete linkage). Merges come in the chain's order, not by height.
 */
export function completeLinkage(distance: Tensor<Float64Array>): readonly Merge[] {
  const [n] = sizesOf(distance, 2);
  const between = distance.data.slice();
  const alive = new Uint8Array(n).fill(1);
  const chain: number[] = [];
  const merges: Merge[] = [];
  while (merges.length < n - 1) {
    if (chain.length === 0) chain.push(alive.indexOf(1));
    const tip = chain[chain.length - 1]!;
    const before = chain[chain.length - 2];
    const nearest = nearestTo(tip, before, between, alive);
    if (nearest !== before) {
      chain.push(nearest);
      continue;
    }
    chain.length -= 2;
    const [a, b] = tip < before ? [tip, before] : [before, tip];
    merges.push({ a, b, height: between[a * n + b]! });
    alive[b] = 0;
    for (let k = 0; k < n; k++) {
      const larger = Math.max(between[a * n + k]!, between[b * n + k]!);
      between[a * n + k] = larger;
      between[k * n + a] = larger;
    }
  }
  return merges;
}

/** The living cluster nearest to one; of equally near ones `preferred`, so that the chain ends, or else the first. */
function nearestTo(one: number, preferred: number | undefined, between: Float64Array, alive: Uint8Array): number {
  const n = alive.length;
  let nearest = preferred ?? -1;
  let least = preferred === undefined ? Infinity : between[one * n + preferred]!;
  for (let k = 0; k < n; k++) {
    if (alive[k] && k !== one && (between[one * n + k]! < least || nearest === -1)) {
      nearest = k;
      least = between[one * n + k]!;
    }
  }
  return nearest;
}

/**
 * The clusters that stand when only merges of a height below `delta` are made (a height of delta itself does not merge, as in
 * scikit-learn): for each of n items the number of its cluster, numbered by first occurrence.
 */
export function cutTree(merges: readonly Merge[], n: number, delta: number): Int32Array {
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const root = (i: number): number => (parent[i] === i ? i : (parent[i] = root(parent[i]!)));
  for (const { a, b, height } of merges) if (height < delta) parent[root(b)] = root(a);
  const numbers = new Map<number, number>();
  return Int32Array.from({ length: n }, (_, i) => {
    const cluster = root(i);
    if (!numbers.has(cluster)) numbers.set(cluster, numbers.size);
    return numbers.get(cluster)!;
  });
}
