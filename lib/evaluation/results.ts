import { type MetricName, moreIsBetter } from "../explanation/measurements.ts";
import { groupBy } from "./group-by.ts";
import { byMethod, byMetric, VIT_CX } from "./names.ts";
import type { Failure, Measured, Row } from "./row.ts";
import { bootstrap, quantile, summarise, summarisePaired, type Summary } from "./statistics.ts";

/** What an evaluation was asked. */
export interface Asked {
  /** As it was typed. */
  readonly command: string;
  readonly models: readonly string[];
  readonly methods: readonly string[];
  /** As `completeMetrics` takes them. */
  readonly metrics: Readonly<Record<string, unknown>>;
  /** How many there were. */
  readonly subjects: number;
}

/** A metric over all subjects of which a method has it. */
export interface Result extends Summary {
  readonly model: string;
  readonly method: string;
  readonly metric: MetricName;
  readonly moreIsBetter: boolean;
  /** Its paired difference from the reference: this method less that one, over the subjects that both have. */
  readonly against?: Summary & { readonly method: string };
}

/** What a method's maps cost; medians, as a machine that is busy now and then makes the mean a tale of its own. */
export interface Cost {
  readonly model: string;
  readonly method: string;
  readonly n: number;
  readonly seconds: number;
  readonly masks: number;
}

/** What came of an evaluation: results.json. */
export interface Results {
  readonly asked: Asked;
  readonly intervals: typeof bootstrap;
  readonly results: readonly Result[];
  readonly costs: readonly Cost[];
  readonly failures: readonly Failure[];
}

/** Sums up an evaluation, whose rows and failures may come in any order. */
export function resultsOf(asked: Asked, rows: readonly Row[], failures: readonly Failure[], reference: string = VIT_CX): Results {
  const groups = [...groupBy(rows, ({ model, method }) => JSON.stringify([model, method])).values()];
  const ordered = groups.toSorted(
    ([a], [b]) => rankOf(asked.models, a.model) - rankOf(asked.models, b.model) || byMethod(a.method, b.method),
  );
  const samples = new Map(ordered.map((group) => [group, samplesOf(group)]));
  const results = ordered.flatMap((group) => {
    const [{ model, method }] = group;
    const base = method === reference ? undefined : ordered.find(([row]) => row.model === model && row.method === reference);
    return [...samples.get(group)!].map(([metric, sample]) => {
      const other = base && samples.get(base)!.get(metric);
      const difference = other ? summarisePaired(sample, other) : null;
      return {
        model,
        method,
        metric,
        moreIsBetter: moreIsBetter[metric],
        ...summarise([...sample.values()]),
        ...(difference && { against: { method: reference, ...difference } }),
      };
    });
  });
  return { asked, intervals: bootstrap, results, costs: ordered.map(costOf), failures };
}

/** A metric's value as it counts: of the localisation whether the object was found, as in the paper (appendix C). */
function countedValue({ metric, value }: Measured): number {
  return metric === "LOCALISATION" ? Number(value >= 0.5) : value;
}

/** Of each metric the values by subject. */
function samplesOf(group: readonly Row[]): ReadonlyMap<MetricName, ReadonlyMap<string, number>> {
  const all = group.flatMap(({ subject, measured }) => measured.map((each) => ({ subject, ...each })));
  const ofMetrics = [...groupBy(all, ({ metric }) => metric)].toSorted(([a], [b]) => byMetric(a, b));
  return new Map(ofMetrics.map(([metric, list]) => [metric, new Map(list.map((each) => [each.subject, countedValue(each)]))]));
}

function costOf(group: readonly Row[]): Cost {
  const [{ model, method }] = group;
  const median = (of: (row: Row) => number) => quantile(group.map(of), 0.5);
  return { model, method, n: group.length, seconds: median(({ seconds }) => seconds), masks: median(({ masks }) => masks) };
}

function rankOf(order: readonly string[], name: string): number {
  return order.includes(name) ? order.indexOf(name) : order.length;
}
