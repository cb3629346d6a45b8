import type { MetricName } from "../../lib/metrics/registry.ts";
import type { Asked } from "../../lib/evaluation/report/results.ts";
import type { Failure, Row } from "../../lib/evaluation/row.ts";

/** A row with the values given, and for the rest something plausible. */
export function row(
  method: string,
  subject: string,
  values: Partial<Record<MetricName, number>>,
  others: Partial<Row> = {},
): Row {
  const entries = Object.entries(values) as [MetricName, number][];
  return {
    model: "tiny",
    subject,
    method,
    id: `${method} ${subject}`,
    target: { index: 1, label: "cat", probability: 0.75 },
    masks: 20,
    seconds: 0.5,
    measured: entries.map(([metric, value]) => ({ metric, value })),
    ...others,
  };
}

/** Rows of one method by one metric, of subjects a, b, c … */
export function column(method: string, metric: MetricName, values: readonly number[]): readonly Row[] {
  return values.map((value, i) => row(method, String.fromCodePoint(97 + i), { [metric]: value }));
}

/** What was asked for these. */
export function askedOf(rows: readonly Row[]): Asked {
  const distinct = (of: (row: Row) => string) => [...new Set(rows.map(of))];
  const metrics = new Set(rows.flatMap(({ measured }) => measured.map(({ metric }) => metric)));
  return {
    command: "vitcx evaluate --images photographs",
    models: distinct(({ model }) => model),
    methods: distinct(({ method }) => method),
    metrics: Object.fromEntries([...metrics].map((metric) => [metric.toLowerCase(), {}])),
    subjects: distinct(({ subject }) => subject).length,
  };
}

export function failure(method: string, subject: string, message: string): Failure {
  return { model: "tiny", subject, method, error: { code: "CLASS_UNKNOWN", message } };
}
