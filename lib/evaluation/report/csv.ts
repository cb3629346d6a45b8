import type { Result } from "./results.ts";

const COLUMNS = {
  model: ({ model }) => model,
  method: ({ method }) => method,
  metric: ({ metric }) => metric,
  more_is_better: ({ moreIsBetter }) => moreIsBetter,
  n: ({ n }) => n,
  mean: ({ mean }) => mean,
  sd: ({ sd }) => sd,
  low: ({ interval }) => interval?.[0],
  high: ({ interval }) => interval?.[1],
  against: ({ against }) => against?.method,
  against_n: ({ against }) => against?.n,
  difference: ({ against }) => against?.mean,
  difference_sd: ({ against }) => against?.sd,
  difference_low: ({ against }) => against?.interval?.[0],
  difference_high: ({ against }) => against?.interval?.[1],
  class_mean: ({ classMean }) => classMean,
} as const satisfies Record<string, (result: Result) => string | number | boolean | null | undefined>;

/** A line for each model, method and metric, with all its numbers to all their digits; comma-separated as in RFC 4180. */
export function csvOf(results: readonly Result[]): string {
  const lines = results.map((result) => Object.values(COLUMNS).map((of) => field(of(result))));
  return [Object.keys(COLUMNS), ...lines].map((cells) => `${cells.join(",")}\r\n`).join("");
}

export function field(value: string | number | boolean | null | undefined): string {
  const text = `${value ?? ""}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
