import type { MetricName } from "../../metrics/registry.ts";
import { groupBy } from "./group-by.ts";
import { byMetric, kindOf, type MethodKind, methodTitle, metricTitle, VIT_CX } from "./names.ts";
import type { Cost, Result, Results } from "./results.ts";
import type { Interval, Summary } from "./statistics.ts";

/** A table of methods by metrics, before it is written down. */
export interface Table {
  readonly title: string;
  /** What its cells are. */
  readonly caption: string;
  /** Whether its cells are differences, for which 0 means something. */
  readonly isDifference: boolean;
  readonly columns: readonly Column[];
  readonly lines: readonly Line[];
}

export interface Column {
  readonly metric: MetricName;
  /** Deletion ↓. */
  readonly title: string;
  /** How many subjects most of its cells have. */
  readonly n: number;
}

export interface Line {
  readonly method: string;
  readonly title: string;
  /** One a column; null where the method has not been measured by it. */
  readonly cells: readonly (Cell | null)[];
}

/** Numbers, and as they are written. */
export interface Cell {
  readonly of: Summary;
  readonly mean: string;
  readonly sd: string | null;
  /** [0.104, 0.143] */
  readonly interval: string | null;
  readonly isBest: boolean;
  /** Of a difference whose interval excludes 0: which way it goes. */
  readonly verdict: "better" | "worse" | null;
}

/** What is said of one model. */
export interface ModelTables {
  readonly model: string;
  readonly tables: readonly Table[];
  readonly costs: readonly Cost[];
  /** The pointing game's two means, of each method that has played it. */
  readonly classMeans: readonly { readonly method: string; readonly mean: number; readonly classMean: number }[];
}

/** The tables of each model, with ViT-CX in all of them; one that would hold ViT-CX alone is left out, unless it is the only one. */
export function tablesOf({ results, costs }: Results): readonly ModelTables[] {
  return [...groupBy(costs, ({ model }) => model)].map(([model, ofModel]) => {
    const own = results.filter((result) => result.model === model);
    const methods = ofModel.map(({ method }) => method);
    const asked = KINDS.filter(({ kind }) => methods.some((method) => kindOf(method) === kind));
    const shown = asked.length === 0 ? KINDS.slice(0, 1) : asked;
    const classMeans = own.flatMap(({ method, mean, classMean }) =>
      classMean === undefined ? [] : [{ method, mean, classMean }],
    );
    return { model, costs: ofModel, tables: shown.flatMap((each) => pairOf(each, own)), classMeans };
  });
}

const KINDS: readonly { readonly kind: MethodKind; readonly title: string }[] = [
  { kind: "method", title: "Table 1. Methods" },
  { kind: "ablation", title: "Table 2. Ablations of ViT-CX" },
  { kind: "option", title: "Table 3. Options of ViT-CX" },
];

/** The table of means, and where there is something to compare with, that of the differences. */
function pairOf({ kind, title }: (typeof KINDS)[number], results: readonly Result[]): readonly Table[] {
  const own = results.filter(({ method }) => method === VIT_CX || kindOf(method) === kind);
  if (own.length === 0) return [];
  const compared = own.filter(({ against }) => against);
  const means = tableOf(title, "Mean ± standard deviation [95 % interval of the mean]", own, meanCell);
  if (compared.length === 0) return [means];
  const reference = methodTitle(compared[0]!.against!.method);
  const caption = `Mean of the method less ${reference}, subject by subject [95 % interval]`;
  return [means, tableOf(`${title}: differences from ${reference}`, caption, compared, differenceCell)];
}

type CellOf = (result: Result, column: readonly Result[]) => Cell;

function tableOf(title: string, caption: string, results: readonly Result[], cellOf: CellOf): Table {
  const ofMetrics = [...groupBy(results, ({ metric }) => metric)].toSorted(([a], [b]) => byMetric(a, b));
  const lines = [...groupBy(results, ({ method }) => method)].map(([method, own]) => {
    const cells = ofMetrics.map(([metric, column]) => {
      const result = own.find((each) => each.metric === metric);
      return result ? cellOf(result, column) : null;
    });
    return { method, title: methodTitle(method), cells };
  });
  const columns = ofMetrics.map(([metric], i) => {
    return { metric, title: metricTitle(metric), n: mostOften(lines.flatMap(({ cells }) => cells[i]?.of.n ?? [])) };
  });
  return { title, caption, isDifference: cellOf === differenceCell, columns, lines };
}

/** The largest of those that come most often. */
function mostOften(counts: readonly number[]): number {
  const groups = [...groupBy(counts, (count) => count)];
  return groups.toSorted(([a, those], [b, others]) => others.length - those.length || b - a)[0]![0];
}

/** All means that look like the best one are best. */
function meanCell(result: Result, column: readonly Result[]): Cell {
  const { mean, sd, interval, moreIsBetter } = result;
  const means = column.map((each) => each.mean);
  const best = moreIsBetter ? Math.max(...means) : Math.min(...means);
  return {
    of: result,
    mean: decimal(mean),
    sd: sd === null ? null : decimal(sd),
    interval: range(interval, decimal),
    isBest: column.length > 1 && decimal(mean) === decimal(best),
    verdict: null,
  };
}

function differenceCell({ against, moreIsBetter }: Result): Cell {
  const { mean, interval } = against!;
  const isClear = interval !== null && (interval[0] > 0 || interval[1] < 0);
  const verdict = mean > 0 === moreIsBetter ? "better" : "worse";
  return {
    of: against!,
    mean: signed(mean),
    sd: null,
    interval: range(interval, signed),
    isBest: false,
    verdict: isClear ? verdict : null,
  };
}

function range(interval: Interval | null, write: (value: number) => string): string | null {
  return interval && `[${interval.map(write).join(", ")}]`;
}

/** Three digits, and the minus of typography. */
export function decimal(value: number): string {
  return value
    .toFixed(3)
    .replace(/^-(0\.000)$/, "$1")
    .replace("-", "−");
}

/** The same with its sign, which shows on which side of 0 it is however near. */
function signed(value: number): string {
  if (value === 0) return "0.000";
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
}
