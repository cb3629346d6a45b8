import type { Explanation } from "./fold.ts";

/** How far an explanation has come. */
export interface Progress {
  /** Masks, or whatever the method asks about, scored so far, and in all; null before they are known. */
  readonly done: number | null;
  readonly total: number | null;
  /** 0 … 1, roughly in proportion to time. */
  readonly fraction: number;
}

export function progressOf({ latest, status }: Explanation): Progress {
  const total = latest.CLUSTERED?.clusterSizes.length ?? latest.SCORED?.total ?? null;
  const done = total === null ? null : (latest.SCORED?.done ?? 0);
  return { done, total, fraction: status === "SUCCEEDED" ? 1 : fractionOf(latest, done, total) };
}

/** The scores are nearly all of the work. */
function fractionOf(latest: Explanation["latest"], done: number | null, total: number | null): number {
  if (latest.MAPPED) return 0.99;
  if (done !== null && total !== null) return 0.05 + 0.9 * (total === 0 ? 1 : done / total);
  return latest.CLASSIFIED ? 0.03 : 0;
}
