import { type MetricName, metricOf } from "../../metrics/registry.ts";
import { groupBy } from "./group-by.ts";
import { byMethod, byMetric, VIT_CX } from "./names.ts";
import { passesOf } from "./passes.ts";
import type { Failure, Measured, Row } from "../row.ts";
import { bootstrap, mean, quantile, summarise, summarisePaired, type Summary } from "./statistics.ts";
import type { LeftOut } from "../dataset/subject.ts";

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
  /** What the data set names and could not be asked about. */
  readonly leftOut?: readonly LeftOut[];
}

/** A metric over all subjects of which a method has it. */
export interface Result extends Summary {
  readonly model: string;
  readonly method: string;
  readonly metric: MetricName;
  readonly moreIsBetter: boolean;
  /** Of the pointing game: the mean over the classes of each one's share of hits, as its paper has it. */
  readonly classMean?: number;
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
  /** Images that the model was shown for one map. */
  readonly passes: number;
}

/** What came of an evaluation: results.json. */
export interface Results {
  readonly asked: Asked;
  readonly intervals: typeof bootstrap;
  readonly results: readonly Result[];
  readonly costs: readonly Cost[];
  /** How many subjects there are with boxes of which the model sees nothing; the metrics of boxes go without them. */
  readonly unseen: readonly { readonly model: string; readonly subjects: number }[];
  /** How many explanations were neither made nor failed, as the evaluation was ended before. */
  readonly missing: number;
  readonly failures: readonly Failure[];
}

/** Sums up an evaluation, whose rows and failures may come in any order. */
export function resultsOf(asked: Asked, rows: readonly Row[], failures: readonly Failure[], reference: string = VIT_CX): Results {
  const groups = [...groupBy(rows, ({ model, method }) => JSON.stringify([model, method])).values()];
  const ordered = groups.toSorted(
    ([a], [b]) => rankOf(asked.models, a.model) - rankOf(asked.models, b.model) || byMethod(a.method, b.method),
  );
  const images = new Map(rows.map((row) => [row.subject, imageOf(row)]));
  const samples = new Map(ordered.map((group) => [group, samplesOf(group)]));
  const results = ordered.flatMap((group) => {
    const [{ model, method }] = group;
    const base = method === reference ? undefined : ordered.find(([row]) => row.model === model && row.method === reference);
    return [...samples.get(group)!].map(([metric, sample]) => {
      const other = base && samples.get(base)!.get(metric);
      const difference = other ? summarisePaired(sample, other, (subject) => images.get(subject)) : null;
      const subjects = [...sample.keys()];
      return {
        model,
        method,
        metric,
        moreIsBetter: metricOf(metric).higherIsBetter,
        ...summarise([...sample.values()], (i) => images.get(subjects[i]!)),
        ...(metricOf(metric).hasClassMean && { classMean: meanOfClasses(group, sample) }),
        ...(difference && { against: { method: reference, ...difference } }),
      };
    });
  });
  const missing = asked.models.length * asked.methods.length * asked.subjects - rows.length - failures.length;
  return {
    asked,
    intervals: bootstrap,
    results,
    costs: ordered.map(costOf),
    unseen: unseenOf(rows),
    missing: Math.max(0, missing),
    failures,
  };
}

/** By which the subjects of one image are known as such. */
function imageOf({ subject, given }: Row): string {
  // Lines of earlier versions have names alone: image.jpg#label.
  return given?.image ?? subject.replace(/(\.\w+)#.*$/, "$1");
}

/** A metric's value as it counts: of the localisation whether the object was found, as in the paper (appendix C). */
function countedValue({ metric, value }: Measured): number {
  return metricOf(metric).counted?.(value) ?? value;
}

/** Of each metric the values by subject. */
function samplesOf(group: readonly Row[]): ReadonlyMap<MetricName, ReadonlyMap<string, number>> {
  const all = group.flatMap(({ subject, measured }) => measured.map((each) => ({ subject, ...each })));
  const ofMetrics = [...groupBy(all, ({ metric }) => metric)].toSorted(([a], [b]) => byMetric(a, b));
  return new Map(ofMetrics.map(([metric, list]) => [metric, new Map(list.map((each) => [each.subject, countedValue(each)]))]));
}

function meanOfClasses(group: readonly Row[], sample: ReadonlyMap<string, number>): number {
  const known = group.filter(({ subject }) => sample.has(subject));
  const classes = [...groupBy(known, ({ target }) => target.index).values()];
  return mean(classes.map((rows) => mean(rows.map(({ subject }) => sample.get(subject)!))));
}

function costOf(group: readonly [Row, ...Row[]]): Cost {
  const [{ model, method }] = group;
  const median = (of: (row: Row) => number) => quantile(group.map(of), 0.5);
  const masks = median((row) => row.masks);
  return { model, method, n: group.length, seconds: median(({ seconds }) => seconds), masks, passes: passesOf(method, masks) };
}

function unseenOf(rows: readonly Row[]): Results["unseen"] {
  const blind = rows.filter(({ unseen, given }) => unseen !== undefined && unseen === given?.boxes?.length);
  return [...groupBy(blind, ({ model }) => model)].map(([model, own]) => {
    return { model, subjects: new Set(own.map(({ subject }) => subject)).size };
  });
}

function rankOf(order: readonly string[], name: string): number {
  return order.includes(name) ? order.indexOf(name) : order.length;
}
